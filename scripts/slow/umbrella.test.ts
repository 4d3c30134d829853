import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isAlive, waitFor } from '../../apps/tmo/e2e/room.ts'
import { root } from '../say.mjs'
import { placeAddon } from './consumer.ts'
import { Newcomer } from './newcomer.ts'
import type { Ran } from './run.ts'
import { openShop, publishNext, type Shop, sold } from './shop.ts'

const umbrella = 'tmux-orchestrator'
const version = sold.find(({ name }) => name === umbrella)?.manifest.version ?? ''
const [major = 0, minor = 0] = version.split('.').map(Number)
const nextVersion = `${major}.${minor + 1}.0`
/** Of a later release these differ: what people start, what runs, and what the database looks like. */
const changed = [umbrella, '@tmux-orchestrator/daemon', '@tmux-orchestrator/orchestrator']

let folder: string
let shop: Shop
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-umbrella-'))
  shop = await openShop()
  await publishNext(shop, changed, {
    version: nextVersion,
    keeps: sold.filter(({ name }) => !changed.includes(name)).map(({ name }) => name),
    change: (name, unpacked) => {
      if (name !== '@tmux-orchestrator/orchestrator') return
      // A migration of tomorrow.
      const more =
        "\norchestratorMigrations.migrations.push({ name: '9999-of-tomorrow', up: async () => {} })\n"
      appendFileSync(join(unpacked, 'dist/index.js'), more)
    },
  })
})
afterAll(async () => {
  await shop[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** Each has a home of its own, and mostly waits. */
const together = { concurrent: true }

const open = (name: string, options: { readonly hasCompiler?: boolean } = {}): Newcomer => {
  mkdirSync(join(folder, name))
  return new Newcomer(join(folder, name), {
    registry: shop.url,
    cache: shop.cache,
    ...options,
  })
}

/** Without the minute that the add-on compiles. */
const install = async (newcomer: Newcomer, which = version): Promise<void> => {
  await newcomer.npm('install', '--global', '--ignore-scripts', `${umbrella}@${which}`)
  placeAddon(join(newcomer.prefix, 'lib/node_modules', umbrella, 'node_modules'))
}

interface Doctor {
  readonly ok: boolean
  readonly findings: readonly { what: string; ok: boolean; found: string; remedy: string | null }[]
}

const lineOf = ({ stdout }: Ran, what: string) =>
  (JSON.parse(stdout) as Doctor).findings.find((finding) => finding.what === what)

/** Nothing that only a programmer can read. */
const expectPlain = ({ stdout, stderr }: Ran): void => {
  expect(stdout + stderr).not.toMatch(/^\s+at |node:internal|file:\/\//m)
  expect(stderr.trimEnd().split('\n').length, stderr).toBeLessThanOrEqual(6)
}

const pidOf = (newcomer: Newcomer): number =>
  JSON.parse(readFileSync(join(newcomer.state, 'daemon.json'), 'utf8')).pid

describe.each([
  {
    room: 'unscripted',
    where: 'no script may run',
    flag: '--ignore-scripts',
    remedy: /npm rebuild --prefix \S+ --ignore-scripts=false better-sqlite3/,
  },
  {
    room: 'uncompiled',
    where: 'there is neither a compiler nor a prebuilt add-on',
    flag: '--foreground-scripts',
    remedy: /install python3, make and a C\+\+ compiler/,
  },
])('where $where', together, ({ room, flag, remedy }) => {
  it('the umbrella installs, and one line says what to do', async () => {
    await using newcomer = open(room, { hasCompiler: false })
    await newcomer.npm('install', '--global', flag, umbrella)
    const doctor = await newcomer.tmo('doctor', '--json')
    expect(doctor.code).toBe(3)
    expect(lineOf(doctor, 'database')).toMatchObject({ ok: false, remedy: expect.stringMatching(remedy) })
    for (const command of ['demo', 'list']) {
      const ran = await newcomer.tmo(command)
      expect([ran.code, ran.stderr]).toEqual([1, expect.stringMatching(remedy)])
      expectPlain(ran)
    }
    expectPlain(await newcomer.tmo('uninstall', '--yes'))
  })
})

it('the umbrella alone is ready, does the main job, and leaves nothing running', together, async () => {
  await using newcomer = open('alone')
  await install(newcomer)
  const doctor = await newcomer.tmo('doctor', '--json')
  expect(doctor.code, doctor.stdout).toBe(0)
  for (const { ok, remedy, what } of (JSON.parse(doctor.stdout) as Doctor).findings)
    expect(ok || remedy !== null, what).toBe(true)

  const demo = await newcomer.tmo('demo', '--json')
  expect({ code: demo.code, ...JSON.parse(demo.stdout) }, demo.stderr).toMatchObject({
    code: 0,
    state: 'completed',
    verify: { exitCode: 0 },
  })

  const without = await newcomer.tmo('team', '.')
  expect(without.code).toBe(1)
  const [, line = ''] = /^tmo: team is not installed; run: (.*)$/m.exec(without.stderr) ?? []
  expect(await newcomer.type(line)).toMatchObject({ code: 0 })
  expect(await newcomer.tmo('team', JSON.parse(demo.stdout).project)).toMatchObject({ code: 0, stderr: '' })
  await expectUninstall(newcomer)
})

it('an upgrade and a downgrade under a running daemon are told, and lose nothing', together, async () => {
  await using newcomer = open('replaced')
  await install(newcomer)
  await expectUpgrade(newcomer)
  await expectDowngrade(newcomer)
})

it(
  'a daemon whose package npm took away ends by itself, its agents go on, and a new install has them back',
  together,
  async () => {
    await using newcomer = open('removed')
    await install(newcomer)
    const id = await startTeam(newcomer)
    const daemon = pidOf(newcomer)
    const agents = agentsOf(newcomer)
    expect(agents.length).toBeGreaterThan(0)
    await newcomer.npm('uninstall', '--global', umbrella)

    const told = await newcomer.attempt(join(newcomer.state, 'bin/tmo'), 'list')
    const words = /program was removed: \S+ is gone\nhint: npm install -g tmux-orchestrator, then tmo list/
    expect([told.code, told.stderr]).toEqual([1, expect.stringMatching(words)])
    await waitFor('the end of the daemon', () => !isAlive(daemon))
    expect(readFileSync(join(newcomer.state, 'logs/daemon.log'), 'utf8')).toContain('its program was removed')
    expect(agentsOf(newcomer)).toEqual(agents)

    await install(newcomer)
    const list = await newcomer.tmo('list')
    expect([list.code, list.stdout, list.stderr]).toEqual([0, expect.stringContaining(id), ''])
    expect(agentsOf(newcomer)).toEqual(agents)
    await expectUninstall(newcomer)
  },
)

/** Its programs, which outlive whatever started them. */
const agentsOf = (newcomer: Newcomer): readonly string[] =>
  newcomer.processes().filter((line) => line.includes('agent-sim'))

/** On the bundled example; answers once every brief has arrived. */
async function startTeam(newcomer: Newcomer): Promise<string> {
  const project = join(newcomer.home, 'project')
  cpSync(join(root, 'examples/hello'), project, { recursive: true })
  const commit =
    'git init -q -b main && git add -A && git -c user.name=A -c user.email=a@localhost commit -qm One'
  expect(await newcomer.type(`cd project && ${commit}`)).toMatchObject({ code: 0 })
  const argv = ['--project', project, '--spec', `${project}/spec.md`, '--agent', 'sim']
  const started = await newcomer.tmo('run', ...argv, '--verify', 'sh verify.sh', '--json')
  expect(started.code, started.stderr).toBe(0)
  return JSON.parse(started.stdout).id
}

/** A team is at work meanwhile. */
async function expectUpgrade(newcomer: Newcomer): Promise<void> {
  const id = await startTeam(newcomer)
  const before = pidOf(newcomer)

  await install(newcomer, nextVersion)
  const told = await newcomer.tmo('list')
  expect(told.code).toBe(0)
  expect(told.stderr).toContain(
    `the daemon (pid ${before}) is of version ${version}, this tmo comes with ${nextVersion}`,
  )
  expect(told.stderr).toContain('"tmo restart"')
  expectPlain(told)
  expect(lineOf(await newcomer.tmo('doctor', '--json'), 'daemon')).toMatchObject({
    ok: false,
    remedy: 'tmo restart; teams go on',
  })
  expect(await newcomer.tmo('restart')).toMatchObject({ code: 0, stderr: '' })
  expect(pidOf(newcomer)).not.toBe(before)
  expect(existsSync(join(newcomer.state, 'tmo.db.before-orchestrator-9999-of-tomorrow'))).toBe(true)
  await waitFor('the work', async () => {
    const { stdout } = await newcomer.tmo('status', id, '--json')
    return JSON.parse(stdout).state === 'completed'
  })
}

async function expectDowngrade(newcomer: Newcomer): Promise<void> {
  const before = await newcomer.tmo('list', '--json')
  const pid = pidOf(newcomer)
  await install(newcomer)
  const told = await newcomer.tmo('list', '--json')
  expect(told).toMatchObject({ code: 0, stdout: before.stdout })
  expect(told.stderr).toContain(`is of version ${nextVersion}, this tmo comes with ${version}`)

  const words =
    /made by a newer version .*; nothing was changed\nhint: npm install -g tmux-orchestrator@latest/
  const refused = await newcomer.tmo('restart')
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(words)])
  expect(pidOf(newcomer), 'what works is not ended').toBe(pid)

  process.kill(pid)
  await waitFor('the end of the daemon', () => !isAlive(pid))
  const alone = await newcomer.tmo('list')
  expect([alone.code, alone.stderr]).toEqual([1, expect.stringMatching(words)])
  expectPlain(alone)
  const doctor = await newcomer.tmo('doctor', '--json')
  expect([doctor.code, lineOf(doctor, 'database')]).toMatchObject([3, { ok: false }])
  expect(lineOf(doctor, 'database')?.remedy).toMatch(/^npm install -g tmux-orchestrator@latest/)

  await install(newcomer, nextVersion)
  expect(await newcomer.tmo('list', '--json')).toMatchObject({ code: 0, stdout: before.stdout, stderr: '' })
}

async function expectUninstall(newcomer: Newcomer): Promise<void> {
  const dry = await newcomer.tmo('uninstall', '--dry-run')
  expect(dry.stdout).toContain('would end: daemon')
  expect(newcomer.processes()).not.toEqual([])
  const { code, stdout } = await newcomer.tmo('uninstall', '--yes')
  expect(code, stdout).toBe(0)
  expect(stdout).toContain(newcomer.state)
  expect(newcomer.processes()).toEqual([])
  expect(await newcomer.type(/^the program itself: (.*)$/m.exec(stdout)?.[1] ?? '')).toMatchObject({
    code: 0,
  })
  expect(existsSync(join(newcomer.prefix, 'bin/tmo'))).toBe(false)
  const [, remove = ''] = /: (rm -r \S+)$/m.exec(stdout) ?? []
  expect(existsSync(newcomer.state)).toBe(true)
  expect(await newcomer.type(remove)).toMatchObject({ code: 0 })
  expect(existsSync(newcomer.state)).toBe(false)
}
