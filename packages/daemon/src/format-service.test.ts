import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { formatLaunchAgent, formatSystemdUnit, type Service } from './format-service.ts'

const service: Service = {
  name: 'tmo-0a1b2c3d',
  home: '/home/me/my "home" 100%',
  argv: ['/usr/bin/node', '/opt/a b/main.js', '$HOME', '50%'],
  env: { TMO_HOME: '/home/me/my "home" 100%', PATH: '/bin:/a\\b' },
}

it('writes a unit that ends the daemon alone, with every path kept from systemd’s own signs', () => {
  const unit = formatSystemdUnit(service)
  expect(unit).toContain('ExecStart="/usr/bin/node" "/opt/a b/main.js" "$$HOME" "50%%"\n')
  expect(unit).toContain('Environment="TMO_HOME=/home/me/my \\"home\\" 100%%"\n')
  expect(unit).toContain('Environment="PATH=/bin:/a\\\\b"\n')
  expect(unit).toContain('KillMode=process\n')
})

it('writes a unit that systemd itself takes, where there is one to ask', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tmo-unit-'))
  try {
    const file = join(folder, 'tmo-0a1b2c3d.service')
    const argv = [process.execPath, ...service.argv.slice(1)]
    writeFileSync(file, formatSystemdUnit({ ...service, argv }))
    // Without a runtime folder it looks at nothing.
    const { error, status, stderr } = spawnSync('systemd-analyze', ['--user', '--man=no', 'verify', file], {
      encoding: 'utf8',
      env: { ...process.env, XDG_RUNTIME_DIR: folder },
    })
    if (error !== undefined) return context.skip('no systemd-analyze on this machine')
    expect({ status, stderr: stderr.split('\n').filter((line) => line.includes('tmo-0a1b2c3d')) }).toEqual({
      status: 0,
      stderr: [],
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

it('writes an agent of launchd that leaves what the daemon started, and escapes XML', () => {
  const agent = formatLaunchAgent({ ...service, argv: ['/a&b', '<c>'] })
  expect(agent).toContain('<string>/a&amp;b</string>')
  expect(agent).toContain('<string>&lt;c&gt;</string>')
  expect(agent).toMatch(/<key>AbandonProcessGroup<\/key>\s*<true\/>/)
})

it('writes an agent of launchd that a parser of property lists reads as it was meant', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'tmo-agent-'))
  try {
    const file = join(folder, 'tmo.plist')
    writeFileSync(file, formatLaunchAgent({ ...service, argv: ['/a&b', '<c>', 'ü'] }))
    const script = 'import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))'
    const { error, stdout } = spawnSync('python3', ['-c', script, file], { encoding: 'utf8' })
    if (error !== undefined) return context.skip('no python3 on this machine')
    expect(JSON.parse(stdout)).toEqual({
      Label: service.name,
      ProgramArguments: ['/a&b', '<c>', 'ü'],
      EnvironmentVariables: service.env,
      WorkingDirectory: service.home,
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      AbandonProcessGroup: true,
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

it('refuses a line break, which no quoting keeps', () => {
  expect(() => formatSystemdUnit({ ...service, home: 'a\nb' })).toThrow(RangeError)
})
