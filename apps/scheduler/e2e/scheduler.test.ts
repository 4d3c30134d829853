import { type ChildProcess, execFile, spawn } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { orchestratorMigrations } from '@tmux-orchestrator/orchestrator'
import { claimJobs, enqueueJob, failJob, openStore } from '@tmux-orchestrator/scheduler-db'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url))
let root: string
let home: string
const children: ChildProcess[] = []

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tmo-scheduler-'))
  home = join(root, 'home ü')
})
afterEach(async () => {
  await run('stop')
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(root, { recursive: true, force: true })
})

interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const environment = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: root,
  TMO_HOME: home,
  LANG: 'C',
  NO_COLOR: '1',
})

function run(...argv: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { cwd: root, env: environment() }
    const child = execFile(process.execPath, [program, ...argv], options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr })
    })
  })
}

/** A job of another program's kind, so that the daemon leaves it alone. */
async function putDeadJob(): Promise<string> {
  await using store = await openStore({
    url: `sqlite:${join(home, 'tmo.db')}`,
    migrations: [orchestratorMigrations],
  })
  const now = Date.now()
  return await store.transaction(async (tx) => {
    const { id } = await enqueueJob(tx, { queue: 'q', kind: 'elsewhere', payload: null }, { now })
    const options = { queue: 'q', kinds: ['elsewhere'], owner: 'e2e', leaseMs: 60_000, limit: 1, now }
    const [job] = await claimJobs(tx, options)
    await failJob(tx, { id, token: job?.token ?? 0, now, error: 'no', final: true })
    return id
  })
}

describe('tmo-scheduler', () => {
  it('starts, tells, lists and stops one daemon', async () => {
    const none = await run('status', '--json')
    expect(none).toMatchObject({ code: 3, stderr: '' })
    expect(JSON.parse(none.stdout)).toEqual({ schemaVersion: 1, running: false, home })

    const started = await run('start', '--json')
    expect(started).toMatchObject({ code: 0, stderr: '' })
    const { pid, ...rest } = JSON.parse(started.stdout)
    expect(rest).toMatchObject({ schemaVersion: 1, running: true, home, started: true })
    expect(JSON.parse((await run('start', '--json')).stdout)).toMatchObject({ pid, started: false })

    const status = await run('status', '--json')
    expect(status.code).toBe(0)
    expect(JSON.parse(status.stdout)).toMatchObject({ schemaVersion: 1, running: true, pid, home })
    expect((await run('status')).stdout).toContain(`running, pid ${pid}`)

    expect(JSON.parse((await run('jobs', '--json')).stdout)).toEqual({ schemaVersion: 1, jobs: [] })
    expect((await run('jobs', '--state', 'dead')).stdout).toBe('no jobs\n')

    expect(JSON.parse((await run('stop', '--json')).stdout)).toEqual({
      schemaVersion: 1,
      stopped: true,
      pid,
      home,
    })
    expect(await run('stop')).toEqual({ code: 0, stdout: `no daemon ran for ${home}\n`, stderr: '' })
  })

  it('leads back from a damaged database: the hint names the backup, restoring it keeps the old file', async () => {
    await run('start')
    const id = await putDeadJob()
    const file = join(home, 'tmo.db.backup-monday')
    expect(await run('backup', file)).toMatchObject({ code: 0, stdout: expect.stringContaining(file) })
    expect(await run('backup', file)).toMatchObject({ code: 1, stderr: expect.stringContaining('already') })
    expect(await run('restore', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('tmo-scheduler stop'),
    })
    await run('stop')
    const database = join(home, 'tmo.db')
    truncateSync(database, Math.floor(statSync(database).size / 2))
    const refused = await run('start')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(`tmo-scheduler restore ${file}`)
    const restored = JSON.parse((await run('restore', file, '--json')).stdout)
    expect(restored).toMatchObject({ from: file, aside: expect.stringContaining('damaged') })
    expect(existsSync(restored.aside)).toBe(true)
    expect((await run('start')).code).toBe(0)
    const dead = JSON.parse((await run('dead', '--json')).stdout)
    expect(dead.jobs.map((job: { id: string }) => job.id)).toEqual([id])
  })

  it('restores nothing under a daemon that lives, also one that nobody can reach', async () => {
    const started = JSON.parse((await run('start', '--json')).stdout)
    const file = join(root, 'backup.db')
    expect((await run('backup', file)).code).toBe(0)
    const { socket } = JSON.parse(readFileSync(join(home, 'daemon.json'), 'utf8'))
    // Frozen, it does not listen again.
    process.kill(started.pid, 'SIGSTOP')
    rmSync(socket)
    try {
      const refused = await run('restore', file)
      expect(refused.code).toBe(1)
      expect(refused.stderr).toContain(`pid ${started.pid}`)
      expect(existsSync(join(home, 'tmo.db'))).toBe(true)
      expect(readdirSync(home).filter((name) => name.includes('damaged'))).toEqual([])
    } finally {
      process.kill(started.pid, 'SIGCONT')
    }
  })

  it('runs in the foreground until it is told to end, and refuses a second one with what to do', async () => {
    const child = spawn(process.execPath, [program, 'run'], { cwd: root, env: environment() })
    children.push(child)
    let said = ''
    const ready = new Promise<void>((resolve) => {
      child.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        if (said.includes(`pid ${child.pid}`)) resolve()
      })
    })
    await ready
    const second = await run('run')
    expect(second.code).toBe(1)
    expect(second.stdout).toBe('')
    expect(second.stderr).toContain(`a daemon already runs for ${home} (pid ${child.pid})`)
    expect(second.stderr).toContain('hint: use it, or end it first: tmo-scheduler stop')
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
    child.kill('SIGTERM')
    expect(await ended).toBe(143)
    expect((await run('status')).code).toBe(3)
  })

  it('says what is wrong with a home, in two lines', async () => {
    writeFileSync(home, 'a file')
    for (const word of ['start', 'run']) {
      const { code, stdout, stderr } = await run(word)
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toContain(`cannot use ${home} as home: it, or a folder above it, is a file`)
      expect(stderr).toContain('hint: choose another folder with TMO_HOME=/path')
      expect(stderr).not.toContain('    at ')
    }
  })

  it('says what it did, shows dead jobs and brings one back', async () => {
    expect((await run('start')).code).toBe(0)
    const status = JSON.parse((await run('status', '--json')).stdout)
    expect(status.jobs).toMatchObject({ ready: 0, dead: 0, succeededPerMinute: 0 })
    const id = await putDeadJob()
    const dead = JSON.parse((await run('dead', '--json')).stdout)
    expect(dead.jobs).toMatchObject([{ id, state: 'dead', crashCount: 0, lastError: 'no' }])
    expect(await run('retry', id)).toEqual({ code: 0, stdout: `job ${id} is ready again\n`, stderr: '' })
    expect(JSON.parse((await run('dead', '--json')).stdout).jobs).toEqual([])
    const again = await run('retry', id)
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('tmo-scheduler dead')])
  })

  it('writes a service that it would install, and says why it cannot where there is no service manager', async () => {
    const told = await run('install', '--dry-run', '--json')
    expect(told.code).toBe(0)
    const { file, text, installed } = JSON.parse(told.stdout)
    expect(installed).toBe(false)
    expect(text).toContain(home)
    expect(existsSync(file)).toBe(false)
    expect((await run('uninstall')).stdout).toContain('no service was removed')
    const bare = await run('install')
    if (bare.code === 0) await run('uninstall')
    else expect(bare.stderr).toContain('hint: without a service manager')
    expect(existsSync(file)).toBe(false)
  })

  it('exits 1 with a hint when jobs are asked of no daemon, and 2 for a state that does not exist', async () => {
    const none = await run('jobs')
    expect(none.code).toBe(1)
    expect(none.stderr).toContain('hint: start it: tmo-scheduler start')
    expect((await run('jobs', '--state', 'lost')).code).toBe(2)
  })
})
