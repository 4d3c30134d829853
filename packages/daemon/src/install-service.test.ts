import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { findService, installService, uninstallService } from './install-service.ts'

let root: string
let env: Record<string, string>

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tmo-install-'))
  const bin = join(root, 'bin')
  mkdirSync(bin)
  for (const name of ['systemctl', 'loginctl', 'launchctl']) {
    const file = join(bin, name)
    const lines = [
      '#!/bin/sh',
      `echo "${name} $*" >> "${root}/asked"`,
      `if [ -e "${root}/refuse-${name}" ]; then echo "no bus" >&2; exit 1; fi`,
    ]
    writeFileSync(file, `${lines.join('\n')}\n`)
    chmodSync(file, 0o755)
  }
  env = {
    PATH: `${bin}:/usr/bin:/bin`,
    HOME: root,
    TMO_HOME: join(root, 'home'),
    TMO_AGENT: 'a/b',
    TMO_HOST: 'h',
  }
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

const argv = [process.execPath, '/opt/main.js', 'run']

/** What the service managers were asked, the service called S. */
function asked(name: string): readonly string[] {
  const text = readFileSync(join(root, 'asked'), 'utf8').trim()
  return text.split('\n').map((line) => line.replaceAll(name, 'S').replaceAll(root, '~'))
}

it.each(['linux', 'darwin'] as const)(
  'takes a service away again that does not come up, on %s',
  async (platform) => {
    const told = await installService({ env, argv, dryRun: true, platform })
    const afterStart = async (): Promise<void> => {
      expect(existsSync(told.file)).toBe(true)
      throw new Error('nobody answers')
    }
    await expect(installService({ env, argv, afterStart, platform })).rejects.toThrow('nobody answers')
    expect(existsSync(told.file)).toBe(false)
    const end =
      platform === 'darwin'
        ? `launchctl unload -w ${told.file}`
        : `systemctl --user disable --now ${told.name}.service`
    expect(readFileSync(join(root, 'asked'), 'utf8')).toContain(end)
  },
)

it('has the service that was there before again where the next one does not come up', async () => {
  const { name, file, text } = await installService({ env, argv, platform: 'linux' })
  const next = { env, argv: [process.execPath, '/opt/next.js', 'run'], platform: 'linux' } as const
  const afterStart = async (): Promise<void> => {
    expect(readFileSync(file, 'utf8')).toContain('/opt/next.js')
    throw new Error('nobody answers')
  }
  await expect(installService({ ...next, afterStart })).rejects.toThrow('nobody answers')
  expect(readFileSync(file, 'utf8')).toBe(text)
  expect(asked(name).slice(-2)).toEqual([
    'systemctl --user daemon-reload',
    'systemctl --user enable --now S.service',
  ])
})

it('has systemd keep the daemon, whose settings follow it and whose caller does not, and takes it away again', async () => {
  const steps: string[] = []
  const beforeStart = async (): Promise<void> => void steps.push(...asked('none'))
  const { name, file, text, ...rest } = await installService({ env, argv, beforeStart, platform: 'linux' })
  expect(rest).toEqual({ installed: true, survivesLogout: true })
  expect(file).toBe(join(root, '.config', 'systemd', 'user', `${name}.service`))
  expect(readFileSync(file, 'utf8')).toBe(text)
  expect(text).toContain(`ExecStart="${process.execPath}" "/opt/main.js" "run"`)
  expect(text).toContain('Environment="TMO_HOST=h"')
  expect(text).not.toContain('TMO_AGENT')
  const restart = `systemctl --user restart ${name}.service`
  expect(findService({ env, platform: 'linux' })).toEqual({ name, file, restart })
  expect(findService({ env, platform: 'darwin' })).toBeUndefined()
  // Only where there is somebody to ask is the daemon that runs without it ended.
  expect(steps).toEqual(['systemctl --user daemon-reload'])
  expect(uninstallService({ env, platform: 'linux' })).toEqual({ name, file, removed: true })
  expect(existsSync(file)).toBe(false)
  expect(asked(name).filter((line) => line.startsWith('systemctl'))).toEqual([
    'systemctl --user daemon-reload',
    'systemctl --user enable --now S.service',
    'systemctl --user disable --now S.service',
    'systemctl --user daemon-reload',
  ])
  expect(uninstallService({ env, platform: 'linux' })).toMatchObject({ removed: false })
})

it('says what to do where a logout would end it', async () => {
  writeFileSync(join(root, 'refuse-loginctl'), '')
  const installed = await installService({ env, argv, platform: 'linux' })
  expect(installed).toMatchObject({ survivesLogout: false, hint: expect.stringContaining('enable-linger') })
})

it.each([
  ['linux', 'systemctl'],
  ['darwin', 'launchctl'],
] as const)('leaves nothing when on %s %s refuses', async (platform, manager) => {
  writeFileSync(join(root, `refuse-${manager}`), '')
  const failed = installService({ env, argv, platform })
  await expect(failed).rejects.toMatchObject({
    code: 'SERVICE_FAILED',
    message: expect.stringContaining('no bus'),
  })
  const { file } = await installService({ env, argv, platform, dryRun: true })
  expect(existsSync(file)).toBe(false)
})

it('has launchd keep the daemon on a Mac, and takes it away again', async () => {
  const { name, file } = await installService({ env, argv, platform: 'darwin' })
  expect(file).toBe(join(root, 'Library', 'LaunchAgents', `${name}.plist`))
  expect(readFileSync(file, 'utf8')).toContain('<key>AbandonProcessGroup</key>')
  expect(findService({ env, platform: 'darwin' })?.restart).toMatch(
    new RegExp(`^launchctl kickstart -k gui/\\d+/${name}$`),
  )
  expect(uninstallService({ env, platform: 'darwin' })).toEqual({ name, file, removed: true })
  expect(asked(name)).toEqual([
    `launchctl load -w ~/Library/LaunchAgents/${basename(file).replace(name, 'S')}`,
    `launchctl unload -w ~/Library/LaunchAgents/${basename(file).replace(name, 'S')}`,
  ])
})
