import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isProcessAlive } from '@tmux-orchestrator/tmux-driver'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AgentRow } from '../src/tables.ts'
import { type EngineRoom, engineRoom, id } from './engine-room.ts'

const patience = { timeout: 60_000, interval: 20 }
let room: EngineRoom

beforeEach(async () => {
  room = await engineRoom()
})
afterEach(async () => {
  await room[Symbol.asyncDispose]()
})

async function agent(name = 'dev1'): Promise<AgentRow> {
  const found = (await room.desired()).agents.find((row) => row.name === name)
  if (!found) throw new Error(`there is no ${name}`)
  return found
}

const state = async (name?: string) => (await agent(name)).state
const teamState = async () => (await room.desired()).orchestration.state
const conversations = async () => (await room.desired()).conversations.map((row) => row.state)
const panes = async () =>
  (await room.tmux.list({ fields: ['pane', 'pid', 'dead', '@tmo_agent'] })).filter((row) => !row.dead)

function pidOf(pane: { readonly pid: number } | undefined): number {
  if (!pane) throw new Error('there is no pane')
  return pane.pid
}

/** How often the end of a brief stands on the agent's screen. */
const briefsShown = async (name = 'dev1') =>
  (await room.screen(name)).split('This is the end of the brief').length - 1

/** Waits for the brief and gives its token back, as an agent does. */
async function answerBrief(name = 'dev1'): Promise<void> {
  await expect.poll(() => briefsShown(name), patience).toBe(1)
  const { conversation_id: current } = await agent(name)
  const token = (await room.desired()).conversations.find((row) => row.id === current)?.token
  expect(await room.verb(name, 'report', 'progress', `I have the brief ${token}`)).toMatchObject({
    exitCode: 0,
  })
  await expect.poll(() => state(name), patience).toBe('running')
}

describe('a start', () => {
  it('is complete when every brief is answered, and no brief is pasted twice', async () => {
    await room.start(2)
    await expect.poll(() => briefsShown('dev2'), patience).toBe(1)
    expect([await state('dev1'), await state('dev2'), await teamState()]).toEqual([
      'starting',
      'starting',
      'starting',
    ])
    await answerBrief('dev1')
    expect(await teamState()).toBe('starting')
    await answerBrief('dev2')
    await expect.poll(teamState, patience).toBe('running')
    expect([await briefsShown('dev1'), await briefsShown('dev2')]).toEqual([1, 1])
  })

  it('that has no proof in time is taken back to the last branch, window and folder', async () => {
    await room.start(1, { briefTimeoutMs: 1_500 })
    await expect.poll(teamState, patience).toBe('failed')
    expect((await room.desired()).orchestration.cause).toMatch(/dev1 gave no proof within 2 s/)
    expect(await panes()).toEqual([])
    expect(await room.git('branch', '--list', 'tmo/*')).toBe('')
    expect((await room.git('worktree', 'list')).split('\n')).toHaveLength(1)
  })
})

describe('a brief whose sender was lost', () => {
  const mark = async (state: 'begun' | 'typed') => {
    const { conversation_id: conversationId } = await agent()
    await room.ledger.command('agent.pasting', {
      conversationId,
      launch: 1,
      owner: 'a daemon that is gone',
      state,
    })
  }

  it('before it typed is pasted by the next one', async () => {
    await room.start(1, { program: await room.install('sleep 2; stty -echo; echo ready; exec cat') })
    await expect.poll(async () => (await panes()).length, patience).toBe(1)
    await room.restart()
    await answerBrief()
    expect(await conversations()).toEqual(['briefed'])
  })

  it('after it typed all of it is waited for', async () => {
    await room.start(1)
    await expect.poll(() => briefsShown(), patience).toBe(1)
    const [before] = await panes()
    await mark('typed')
    await room.restart()
    const passes = () => room.engine.status().passes
    await expect.poll(passes, patience).toBeGreaterThan(10)
    expect(await panes()).toEqual([before])
    await answerBrief()
    expect((await agent()).exits).toBe(0)
  })

  it('while it typed is not typed again: the program begins anew, with a conversation of its own', async () => {
    await room.start(1)
    await expect.poll(() => briefsShown(), patience).toBe(1)
    const [before] = await panes()
    await mark('begun')
    await room.restart()
    // Between the two there is none: the first is gone before the second begins.
    await expect.poll(async () => (await panes())[0]?.pane ?? before?.pane, patience).not.toBe(before?.pane)
    expect(isProcessAlive(pidOf(before))).toBe(false)
    await answerBrief()
    expect((await conversations()).toSorted()).toEqual(['briefed', 'lost'])
    expect((await agent()).exits).toBe(1)
  })

  it('is pasted into no second program while the first, which ignores its hang-up, still runs', async () => {
    const deaf = "for (const one of [process.stdin, process.stdout]) one.on('error', () => {})"
    const code = `process.on('SIGHUP', () => {}); ${deaf}; process.stdin.pipe(process.stdout); setInterval(() => {}, 1e6)`
    const stubborn = `stty -echo; echo ready; exec ${process.execPath} -e "${code}"`
    await room.start(1, { program: await room.install(stubborn) })
    await expect.poll(() => briefsShown(), patience).toBe(1)
    const first = pidOf((await panes())[0])
    await mark('begun')
    await room.restart()
    const second = async () => (await panes()).find((row) => row.pid !== first)
    await expect.poll(async () => (await second()) !== undefined, patience).toBe(true)
    expect(isProcessAlive(first)).toBe(false)
    // It outlives its terminal, so it is ended by name.
    const last = pidOf(await second())
    await room.engine.handle({ name: 'orchestration.stop', args: { id } })
    expect(isProcessAlive(last)).toBe(false)
  })
})

describe('a program that ends', () => {
  it('is brought back, and a person’s split of its window is neither taken for it nor closed', async () => {
    await room.start(1)
    await answerBrief()
    const [own] = await panes()
    if (!own) throw new Error('no pane')
    await room.tmux.raw(['split-window', '-d', '-t', own.pane, 'sleep', '100000'])
    const split = (await panes()).find((row) => row.pane !== own.pane)
    process.kill(own.pid, 'SIGKILL')
    await expect.poll(() => state(), patience).toBe('starting')
    await answerBrief()
    const after = await panes()
    expect(after.map((row) => row.pane)).toContain(split?.pane)
    expect((await agent()).pane_pid).toBe(after.find((row) => row['@tmo_agent'] === 'dev1')?.pid)
    expect(after).toHaveLength(2)
    expect((await agent()).exits).toBe(1)
  })

  it('has its last words in the cause', async () => {
    await room.start(1)
    await answerBrief()
    const [own] = await panes()
    if (!own) throw new Error('no pane')
    await room.tmux.paste(own.pane, 'the disk is on fire\n')
    await expect.poll(() => room.screen('dev1'), patience).toContain('the disk is on fire')
    process.kill(own.pid, 'SIGKILL')
    const causes = async () =>
      (await room.ledger.query('events', { after: 0, limit: 1000, stream: id })).events
        .filter((event) => event.kind === 'agent:exited')
        .map((event) => JSON.stringify(event.data))
    await expect.poll(causes, patience).toHaveLength(1)
    expect((await causes())[0]).toMatch(/signal 9.*the disk is on fire/)
  })
})

describe('what cannot be seen', () => {
  it('is neither started nor ended: a tmux that does not answer leaves all as it is', async () => {
    await room.start(1)
    await answerBrief()
    const before = await panes()
    await room.restart(async () => {
      throw new Error('tmux does not answer')
    })
    const blindMs = () => {
      const looks = room.log.filter((entry) => entry.event === 'tmux:unknown')
      return (looks.at(-1)?.at ?? 0) - (looks[0]?.at ?? 0)
    }
    // Longer than an orphan is left alone before it is ended.
    await expect.poll(blindMs, patience).toBeGreaterThan(7_000)
    expect(await agent()).toMatchObject({ state: 'running', exits: 0, pane_pid: before[0]?.pid })
    expect(await panes()).toEqual(before)
  })
})

describe('a stop', () => {
  it('ends the programs, keeps uncommitted work in a ref, and can be taken back', async () => {
    await room.start(1)
    await answerBrief()
    const [own] = await panes()
    writeFileSync(join((await agent()).worktree, 'unsaved.txt'), 'not committed\n')
    await room.engine.handle({ name: 'orchestration.stop', args: { id } })
    expect(await teamState()).toBe('stopped')
    expect(isProcessAlive(pidOf(own))).toBe(false)
    const ref = /refs\/tmo\/preserved\/\S+/.exec((await room.desired()).orchestration.cause ?? '')?.[0]
    expect(await room.git('show', `${ref}:unsaved.txt`)).toBe('not committed')
    expect(existsSync((await agent()).worktree)).toBe(true)
    await room.engine.handle({ name: 'orchestration.resume', args: { id } })
    await answerBrief()
    await expect.poll(teamState, patience).toBe('running')
  })
})

/** A wrapper that keeps every request to end to itself, and its program, which minds only being asked. */
const wrapper = (pidFile: string) => `import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
for (const signal of ['SIGHUP', 'SIGTERM']) process.on(signal, () => undefined)
const code = "process.on('SIGHUP', () => undefined); process.send('up'); setInterval(() => undefined, 1e6)"
const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
child.once('message', () => { child.channel.unref(); writeFileSync(${JSON.stringify(pidFile)}, child.pid + '\\n') })
child.once('exit', () => process.exit(0))
`

describe('a wrapper that ignores being asked', () => {
  /** Its own pid and that of the program which it wraps. */
  async function startWrapped(): Promise<readonly [number, number]> {
    const [script, pidFile] = [join(room.folder, 'wrapper.mjs'), join(room.folder, 'wrapped')]
    writeFileSync(script, wrapper(pidFile))
    await room.start(1, { program: await room.install(`exec ${process.execPath} ${script}`) })
    const isUp = () => existsSync(pidFile) && readFileSync(pidFile, 'utf8').endsWith('\n')
    await expect.poll(isUp, patience).toBe(true)
    await expect.poll(async () => (await agent()).pane_pid, patience).not.toBeNull()
    return [pidOf((await panes())[0]), Number(readFileSync(pidFile, 'utf8'))]
  }

  it('ends with the program that it wraps when the team is stopped: the whole group is asked', async () => {
    const pids = await startWrapped()
    await room.engine.handle({ name: 'orchestration.stop', args: { id } })
    expect(pids.map(isProcessAlive)).toEqual([false, false])
  })

  it('ends with the program that it wraps when only its window is gone', async () => {
    const pids = await startWrapped()
    const [own] = await panes()
    if (!own) throw new Error('no pane')
    await room.tmux.killPane(own.pane)
    await expect.poll(() => pids.map(isProcessAlive), patience).toEqual([false, false])
    await room.engine.handle({ name: 'orchestration.stop', args: { id } })
  })
})

describe('a clean of a project that is gone', () => {
  it('keeps and names each worktree, and is done once they were removed', async () => {
    await room.start(1)
    await answerBrief()
    await room.engine.handle({ name: 'orchestration.stop', args: { id } })
    const { worktree } = await agent()
    const { path } = (await room.desired()).project
    await rm(path, { recursive: true })
    const clean = () => room.engine.handle({ name: 'orchestration.remove', args: { id } })
    expect(await clean()).toMatchObject({
      kept: [expect.stringContaining(`worktree ${worktree}: its repository`)],
    })
    expect(existsSync(worktree)).toBe(true)
    await rm(worktree, { recursive: true })
    expect(await clean()).toMatchObject({ kept: [] })
    expect(await room.ledger.query('desired', { id })).toBeNull()
  })
})

describe('a resume', () => {
  it('of a team that needs a human leaves the programs that still work alone', async () => {
    await room.start(2, { briefTimeoutMs: 20_000 })
    await answerBrief('dev1')
    await answerBrief('dev2')
    const before = await panes()
    await room.store.transaction((tx) => tx.updateTable('conversation').set({ launched_at: 1 }).execute())
    await room.verb('dev1', 'report', 'failed', 'cannot')
    await expect.poll(teamState, patience).toBe('needs-human')
    await room.engine.handle({ name: 'orchestration.resume', args: { id } })
    await expect.poll(teamState, patience).toBe('running')
    expect(await panes()).toEqual(before)
    expect([(await agent('dev1')).exits, (await agent('dev2')).exits]).toEqual([0, 0])
  })

  it('of a team that is being stopped waits for the stop, and brings it back', async () => {
    await room.start(1)
    await answerBrief()
    const stopping = room.engine.handle({ name: 'orchestration.stop', args: { id } })
    await expect.poll(async () => (await room.desired()).orchestration.desired, patience).toBe('stop')
    await room.engine.handle({ name: 'orchestration.resume', args: { id } })
    await stopping
    await answerBrief()
    await expect.poll(teamState, patience).toBe('running')
  })
})

describe('an engine that is closed', () => {
  it('gives the jobs that it runs back, with all their attempts, and ends what they started', async () => {
    const file = join(room.folder, 'pid')
    await room.start(1, { verify: { command: `echo $$ > ${file}; sleep 100000`, timeoutMs: 600_000 } })
    await answerBrief()
    const { worktree } = await agent()
    writeFileSync(join(worktree, 'new.txt'), 'new\n')
    await room.git('-C', worktree, 'add', '--all')
    await room.git('-C', worktree, 'commit', '--quiet', '-m', 'New')
    expect(await room.verb('dev1', 'report', 'done', 'all')).toMatchObject({ exitCode: 0 })
    await expect
      .poll(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'), patience)
      .toBe(true)
    const job = () =>
      room.store.db.selectFrom('job').selectAll().where('kind', '=', 'integrate').executeTakeFirstOrThrow()
    const { max_attempts: before } = await job()
    await room.engine.close()
    expect(await job()).toMatchObject({
      state: 'ready',
      attempt: 1,
      max_attempts: before + 1,
      crash_count: 0,
    })
  })
})
