import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isProcessAlive } from '@tmux-orchestrator/tmux-driver'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Preparation } from '../src/preparation.ts'
import { processStart } from '../src/process-identity.ts'
import type { RunPlan } from '../src/protocol.ts'
import type { AgentRow } from '../src/tables.ts'
import { type EngineRoom, engineRoom, id } from './engine-room.ts'

const patience = { timeout: 60_000, interval: 20 }
let room: EngineRoom
let project: string

beforeEach(async () => {
  room = await engineRoom()
  project = await room.git('rev-parse', '--show-toplevel')
})
afterEach(async () => {
  await room[Symbol.asyncDispose]()
})

/** Commits programs to main; answers what a plan says of them. */
async function hooks(programs: Partial<Record<'setup' | 'teardown', string>>): Promise<Preparation> {
  const plan = { copy: [], ports: 10, hookTimeoutMs: 60_000 }
  const found: Record<'setup' | 'teardown', { file: string; hash: string } | null> = {
    setup: null,
    teardown: null,
  }
  for (const [key, lines] of Object.entries(programs) as ['setup' | 'teardown', string][]) {
    const text = `#!/bin/sh\n${lines}\n`
    found[key] = { file: `.tmo/${key}`, hash: createHash('sha256').update(text).digest('hex') }
    await mkdir(join(project, '.tmo'), { recursive: true })
    await writeFile(join(project, '.tmo', key), text)
  }
  await room.git('add', '--all')
  await room.git('commit', '--quiet', '-m', 'Hooks')
  return { ...plan, ...found }
}

async function agent(name = 'dev1'): Promise<AgentRow> {
  const found = (await room.desired()).agents.find((row) => row.name === name)
  if (!found) throw new Error(`there is no ${name}`)
  return found
}

const team = async () => (await room.desired()).orchestration
const events = async (kind: string) => {
  const { events: all } = await room.ledger.query('events', { after: 0, limit: 1000, stream: id })
  return all.filter((event) => event.kind === kind)
}
const panes = async () => (await room.tmux.list({ fields: ['pane', 'dead'] })).filter((row) => !row.dead)
const makePlan = (preparation: Preparation): Partial<RunPlan> => ({ preparation })

/** A program that shows the ports it was given. */
const shower = () =>
  room.install('stty -echo; echo "ports $TMO_PORT_FIRST to $TMO_PORT_LAST"; echo ready; exec cat')

async function answerBrief(name = 'dev1'): Promise<void> {
  await expect.poll(() => room.screen(name), patience).toContain('This is the end of the brief')
  const { conversation_id: current } = await agent(name)
  const token = (await room.desired()).conversations.find((row) => row.id === current)?.token
  await room.verb(name, 'report', 'progress', `I have the brief ${token}`)
  await expect.poll(async () => (await agent(name)).state, patience).toBe('running')
}

describe('before an agent starts, its worktree', () => {
  it('gets ignored files, ports of its own, and what its set-up makes, and the program knows the ports', async () => {
    await writeFile(join(project, '.gitignore'), '.env*\nlocal/\nmade\n')
    await writeFile(join(project, '.worktreeinclude'), '.env\n')
    const lines =
      'read x; { cat .env local/key; echo "$TMO_PORT_FIRST $TMO_PORT_LAST"; echo "$TMO_PROJECT|$TMO_WORKTREE|$TMO_BRANCH|$TMO_TOKEN$TMO_AGENT$TMUX"; } >made'
    const preparation = { ...(await hooks({ setup: lines })), copy: ['local/'] }
    await writeFile(join(project, '.env'), 'KEY=1\n')
    await writeFile(join(project, '.env.other'), 'not named\n')
    await mkdir(join(project, 'local'))
    await writeFile(join(project, 'local/key'), 'secret\n')
    await room.start(2, { preparation, program: await shower() })
    for (const name of ['dev1', 'dev2']) {
      await expect.poll(() => room.screen(name), patience).toContain('ready')
      const { worktree, branch, port_first: first, port_last: last } = await agent(name)
      expect(readFileSync(join(worktree, 'made'), 'utf8').split('\n')).toEqual([
        'KEY=1',
        'secret',
        `${first} ${last}`,
        `${project}|${worktree}|${branch}|`,
        '',
      ])
      expect(await room.screen(name)).toContain(`ports ${first} to ${last}`)
      expect(existsSync(join(worktree, '.env.other'))).toBe(false)
      expect(await room.git('-C', worktree, 'status', '--porcelain')).toBe('')
    }
    const firsts = [await agent('dev1'), await agent('dev2')].map((row) => row.port_first ?? 0)
    expect(Math.abs((firsts[0] ?? 0) - (firsts[1] ?? 0))).toBeGreaterThanOrEqual(10)
    expect((await events('worktree:prepared')).map((event) => event.data)).toMatchObject([
      { copied: 2, setUpMs: expect.any(Number) },
      { copied: 2, setUpMs: expect.any(Number) },
    ])
  })

  it('has no hook run that nobody agreed to: the run is refused, or what was agreed to is not there', async () => {
    const preparation = await hooks({ setup: 'touch ran' })
    const unagreedHooks = {
      commands: [{ key: 'setup' as const, command: '.tmo/setup' }],
      hash: 'of nothing',
    }
    await expect(room.start(1, { preparation, unagreedHooks })).rejects.toMatchObject({
      code: 'NOT_AGREED',
      message: expect.stringContaining('nobody has agreed to the hooks'),
      hint: expect.stringContaining('--trust-hooks'),
    })
    expect(await room.ledger.query('desired', { id })).toBeNull()
    const setup = { file: '.tmo/setup', hash: 'of what it was before' }
    await room.start(1, makePlan({ ...preparation, setup }))
    await expect.poll(async () => (await team()).state, patience).toBe('failed')
    expect((await team()).cause).toContain('it is not what was agreed to')
    expect(existsSync((await agent()).worktree)).toBe(false)
  })

  it.each([
    ['fails', 'echo made >../made-$$; echo no such package >&2; exit 3', 'it left with 3: no such package'],
    ['does not end in time', 'sleep 600 & echo $! >"$TMO_PROJECT/pid"; wait', 'it did not end within 1 s'],
  ])('whose set-up %s starts no agent: the start is taken back and torn down', async (_, setup, why) => {
    const preparation = await hooks({ setup, teardown: 'echo "$TMO_PORT_FIRST" >"$TMO_PROJECT/torn-down"' })
    await room.start(1, makePlan({ ...preparation, hookTimeoutMs: 1_000 }))
    await expect.poll(async () => (await team()).state, patience).toBe('failed')
    expect((await team()).cause).toContain(`dev1: the set-up .tmo/setup failed: ${why}`)
    expect(await panes()).toEqual([])
    expect(await room.git('branch', '--list', 'tmo/*')).toBe('')
    expect(existsSync((await agent()).worktree)).toBe(false)
    expect(readFileSync(join(project, 'torn-down'), 'utf8')).toBe(`${(await agent()).port_first}\n`)
    const pid = join(project, 'pid')
    if (existsSync(pid)) expect(isProcessAlive(Number(readFileSync(pid, 'utf8')))).toBe(false)
  })

  it('is made ready once more after a stop, or a daemon that ended, in the middle of its set-up', async () => {
    const mark = (name: string) => join(room.folder, name)
    const setup = `echo $$ >>${mark('pids')}; [ -e ${mark('go')} ] || { sleep 600 & wait; }; echo ran >>${mark('ended')}`
    await room.start(1, makePlan(await hooks({ setup })))
    const pids = () =>
      existsSync(mark('pids')) ? readFileSync(mark('pids'), 'utf8').trim().split('\n').map(Number) : []
    await expect.poll(() => pids().length, patience).toBe(1)
    const asked = performance.now()
    await room.engine.handle({ name: 'orchestration.stop', args: { id } })
    expect(performance.now() - asked).toBeLessThan(30_000)
    expect((await team()).state).toBe('stopped')
    expect(pids().map(isProcessAlive)).toEqual([false])
    await room.engine.handle({ name: 'orchestration.resume', args: { id } })
    await expect.poll(() => pids().length, patience).toBe(2)
    await room.restart()
    await expect.poll(() => pids().length, patience).toBe(3)
    expect(pids().map(isProcessAlive)).toEqual([false, false, true])
    await room.engine.handle({ name: 'orchestration.stop', args: { id } })
    // as a daemon leaves it that is killed
    const { pid = 0 } = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
    const note = join(room.folder, 'home/orchestrations', id, 'dev1/hook.pid')
    writeFileSync(note, JSON.stringify({ pid, start: processStart(pid) }))
    writeFileSync(mark('go'), '')
    await room.engine.handle({ name: 'orchestration.resume', args: { id } })
    await answerBrief()
    expect(readFileSync(mark('ended'), 'utf8')).toBe('ran\n')
    expect([isProcessAlive(pid), existsSync(note)]).toEqual([false, false])
  })
})

describe('a worktree that was damaged', () => {
  const stop = () => room.engine.handle({ name: 'orchestration.stop', args: { id } })
  const resume = () => room.engine.handle({ name: 'orchestration.resume', args: { id } })

  it('is mended before its program comes back, what is replaced is saved first, and no edit is lost', async () => {
    await room.start(1)
    await answerBrief()
    const { worktree, branch } = await agent()
    await writeFile(join(worktree, 'shop.txt'), 'changed\n')
    await writeFile(join(worktree, 'new.txt'), 'untracked\n')
    await writeFile(join(worktree, 'staged.txt'), 'staged\n')
    await room.git('-C', worktree, 'add', 'staged.txt')
    await stop()
    const gitDir = await room.git('-C', worktree, 'rev-parse', '--absolute-git-dir')
    await writeFile(join(gitDir, 'index'), 'garbage')
    await writeFile(join(gitDir, 'HEAD'), '\0\0\0')
    await writeFile(join(worktree, '.git'), 'gitdir: /nowhere\n')
    await resume()
    await answerBrief()
    expect(await room.git('-C', worktree, 'symbolic-ref', 'HEAD')).toBe(`refs/heads/${branch}`)
    expect((await room.git('-C', worktree, 'status', '--porcelain')).split('\n')).toEqual([
      ' M shop.txt',
      '?? new.txt',
      '?? staged.txt',
    ])
    for (const [file, text] of [
      ['shop.txt', 'changed'],
      ['new.txt', 'untracked'],
      ['staged.txt', 'staged'],
    ] as const)
      expect(readFileSync(join(worktree, file), 'utf8')).toBe(`${text}\n`)
    const [repaired] = await events('worktree:repaired')
    const data = repaired?.data as { found: string[]; saved: string[] }
    expect(data.found.length).toBeGreaterThanOrEqual(2)
    expect(data.saved.every((ref) => ref.startsWith(`refs/tmo/preserved/${id}/dev1/`))).toBe(true)
    for (const ref of data.saved) expect(await room.git('rev-parse', '--verify', ref)).not.toBe('')
  })

  it('whose folder is gone is made anew and made ready again, under its name, with the same ports', async () => {
    const count = join(room.folder, 'set-ups')
    await room.start(1, makePlan(await hooks({ setup: `echo up >>${count}` })))
    await answerBrief()
    const before = await agent()
    await writeFile(join(before.worktree, 'staged.txt'), 'staged\n')
    await room.git('-C', before.worktree, 'add', 'staged.txt')
    await stop()
    await rm(before.worktree, { recursive: true })
    await resume()
    await answerBrief()
    expect(readFileSync(count, 'utf8')).toBe('up\nup\n')
    expect(readFileSync(join(before.worktree, 'shop.txt'), 'utf8')).toBe('one\n')
    expect(await agent()).toMatchObject({ port_first: before.port_first, port_last: before.port_last })
    const saved = (await events('worktree:repaired')).flatMap(
      (event) => (event.data as { saved: string[] }).saved,
    )
    const held = await Promise.all(saved.map((ref) => room.git('ls-tree', '-r', '--name-only', ref)))
    expect(held.join('\n')).toContain('staged.txt')
  })

  it('and cannot be mended waits for a human, who is told why, and no program runs in it', async () => {
    await room.start(1)
    await answerBrief()
    const { worktree } = await agent()
    await stop()
    rmSync(join(worktree, '.git'))
    await room.git('init', '--quiet', worktree)
    await resume()
    await expect.poll(async () => (await team()).state, patience).toBe('needs-human')
    expect((await team()).cause).toMatch(/the worktree of dev1 is damaged: .*is a repository of its own/)
    expect(await panes()).toEqual([])
    expect(existsSync(join(worktree, '.git/config'))).toBe(true)
  })
})

describe('a clean-up', () => {
  it('tears down what was agreed to, whatever the agent made of the file, and says what failed', async () => {
    const torn = join(room.folder, 'torn')
    const teardown = `echo "$TMO_PORT_FIRST" >>${torn}; echo cannot stop it; exit 1`
    await room.start(1, makePlan(await hooks({ teardown })))
    await answerBrief()
    const { worktree, port_first: first } = await agent()
    await writeFile(join(worktree, '.tmo/teardown'), `#!/bin/sh\necho changed >>${torn}\n`)
    await chmod(join(worktree, '.tmo/teardown'), 0o755)
    await room.engine.handle({ name: 'orchestration.stop', args: { id } })
    expect(
      await room.engine.handle({ name: 'orchestration.remove', args: { id, dryRun: true } }),
    ).toMatchObject({
      failed: [],
    })
    expect(existsSync(torn)).toBe(false)
    expect(await room.engine.handle({ name: 'orchestration.remove', args: { id } })).toMatchObject({
      failed: ['dev1: the tear-down .tmo/teardown failed: it left with 1: cannot stop it'],
      removed: expect.arrayContaining([`worktree ${worktree}`]),
    })
    expect(readFileSync(torn, 'utf8')).toBe(`${first}\n`)
  })
})
