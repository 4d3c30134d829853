import { readdir } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Desired } from '../src/command-map.ts'
import { finish, integrate } from '../src/integrate.ts'
import type { Ledger } from '../src/ledger.ts'
import type { Runtime } from '../src/runtime.ts'
import { sweep } from '../src/verify.ts'
import { type TemporaryProject, temporaryProject } from './temporary-project.ts'

const id = 'shop-abcd'
const verify = (command: string, timeoutMs = 60_000) => ({ verify: { command, timeoutMs } })
let project: TemporaryProject
let base: string

beforeEach(async () => {
  project = await temporaryProject({ 'shop.txt': 'one\ntwo\nthree\n' })
  base = await project.git('rev-parse', 'main')
})
afterEach(async () => {
  expect(await readdir(project.under)).toEqual([])
  expect((await project.git('worktree', 'list')).split('\n')).toHaveLength(1)
  expect(await project.git('status', '--porcelain')).toBe('')
  expect(await project.git('rev-parse', 'main')).toBe(base)
  await project[Symbol.asyncDispose]()
})

async function desired(): Promise<Desired> {
  const found = await project.ledger.query('desired', { id })
  if (!found) throw new Error('the run is gone')
  return found
}

const agent = async (name: string) => (await desired()).agents.find((row) => row.name === name)
const branch = async (name: string) => (await desired()).branches.find((row) => row.agent === name)
const tip = () => project.git('rev-parse', project.integration)
const show = (file: string) => project.git('show', `${project.integration}:${file}`)
const merges = () => project.room.store.db.selectFrom('merge').selectAll().orderBy('id').execute()
const messages = () => project.room.store.db.selectFrom('message').selectAll().execute()

/** A ledger that is gone when the command of that name comes: what a kill there leaves. */
function diesAt(name: string): Runtime {
  const { ledger } = project
  const dying = {
    query: ledger.query,
    command: (command: string, args: unknown) =>
      command === name
        ? Promise.reject(new Error('killed'))
        : ledger.command(command as 'branch.state', args as never),
  } as Ledger
  return project.with({ ledger: dying })
}

describe('green work', () => {
  it('is merged, moves the integration branch, and makes its agent done', async () => {
    await project.start(1, verify('grep -q four shop.txt'))
    const commit = await project.work('dev1', { 'shop.txt': 'one\ntwo\nthree\nfour\n' })
    expect(await integrate(project.runtime, id, 'dev1')).toMatch(/^merged dev1 at /)
    expect(await show('shop.txt')).toBe('one\ntwo\nthree\nfour')
    expect(await project.git('merge-base', '--is-ancestor', commit, await tip())).toBe('')
    expect(await agent('dev1')).toMatchObject({ state: 'done', done_at: project.room.now() })
    expect(await branch('dev1')).toMatchObject({
      state: 'merged',
      commit_id: commit,
      merged_commit: await tip(),
    })
    expect(await merges()).toMatchObject([{ state: 'merged', from_commit: commit, into_commit: base }])
    expect((await desired()).orchestration).toMatchObject({
      integration_commit: await tip(),
      verify_commit: await tip(),
      verify_exit_code: 0,
    })
  })

  it('waits for the proof of its agent’s brief', async () => {
    await project.start(1, verify('true'))
    await project.work('dev1', { 'a.txt': 'a\n' })
    await project.room.store.transaction((tx) => tx.updateTable('agent').set({ briefed_at: null }).execute())
    expect(await integrate(project.runtime, id, 'dev1')).toBe('there is nothing to integrate yet')
    expect([await tip(), (await branch('dev1'))?.state]).toEqual([base, 'reported'])
  })

  it('that is red alone waits for whom it may need, also when that one’s brief is not proven yet', async () => {
    await project.start(2, verify('test -f a.txt && test -f b.txt'))
    await project.work('dev1', { 'a.txt': 'a\n' })
    await project.work('dev2', { 'b.txt': 'b\n' })
    await project.room.store.transaction((tx) =>
      tx.updateTable('agent').set({ briefed_at: null }).where('name', '=', 'dev2').execute(),
    )
    expect(await integrate(project.runtime, id, 'dev1')).toBe('red alone; waits for dev2')
    expect((await desired()).orchestration.state).toBe('running')
  })

  it('of two agents ends on one branch, one after the other', async () => {
    await project.start(2, verify('true'))
    await project.work('dev1', { 'a.txt': 'a\n' })
    await project.work('dev2', { 'b.txt': 'b\n' })
    await integrate(project.runtime, id, 'dev1')
    await integrate(project.runtime, id, 'dev2')
    expect([await show('a.txt'), await show('b.txt')]).toEqual(['a', 'b'])
    expect(await merges()).toHaveLength(2)
  })

  it('stays on its own branch when nothing is to be merged', async () => {
    await project.start(1, { ...verify('true'), merge: 'none', integrationBranch: null })
    const commit = await project.work('dev1', { 'a.txt': 'a\n' })
    expect(await integrate(project.runtime, id, 'dev1')).toBe(`work at ${commit.slice(0, 12)}`)
    expect(await branch('dev1')).toMatchObject({ state: 'verified', commit_id: commit })
    expect((await agent('dev1'))?.state).toBe('done')
  })

  it('of an agent without a commit is nothing to merge', async () => {
    await project.start(1, verify('false'))
    await project.ledger.command('report.add', { id, name: 'dev1', kind: 'done', note: 'read', commit: base })
    expect(await integrate(project.runtime, id, 'dev1')).toBe('nothing to merge')
    expect([(await agent('dev1'))?.state, await tip()]).toEqual(['done', base])
  })

  it('that was not reported is left alone', async () => {
    await project.start(1)
    expect(await integrate(project.runtime, id, 'dev1')).toBe('there is nothing to integrate yet')
    expect(await integrate(project.runtime, 'nobody', 'dev1')).toBe('the orchestration is not running')
  })
})

describe('red work', () => {
  const both = verify('test -f a.txt && test -f b.txt')

  it('waits while another agent is at work, and merges together with that one', async () => {
    await project.start(2, both)
    await project.work('dev1', { 'a.txt': 'a\n' })
    expect(await integrate(project.runtime, id, 'dev1')).toBe('red alone; waits for dev2')
    expect(await branch('dev1')).toMatchObject({ state: 'reported', cause: 'red alone (exit 1)' })
    expect([(await agent('dev1'))?.state, await tip()]).toEqual(['running', base])
    await project.work('dev2', { 'b.txt': 'b\n' })
    expect(await integrate(project.runtime, id, 'dev2')).toMatch(/^merged dev1, dev2 at /)
    expect([await show('a.txt'), await show('b.txt')]).toEqual(['a', 'b'])
    expect((await desired()).agents.map((row) => row.state)).toEqual(['done', 'done'])
    expect((await desired()).branches.map((row) => row.merged_commit)).toEqual([await tip(), await tip()])
  })

  it('at the end is for a human, with the reason, and the integration branch has not moved', async () => {
    await project.start(1, verify('echo the till is missing; exit 7'))
    const commit = await project.work('dev1', { 'a.txt': 'a\n' })
    const cause = await integrate(project.runtime, id, 'dev1')
    expect(cause).toBe(
      `the verify command fails (exit 7) on the work of dev1 at ${commit.slice(0, 12)}: the till is missing`,
    )
    expect((await desired()).orchestration).toMatchObject({
      state: 'needs-human',
      cause,
      verify_commit: commit,
      verify_exit_code: 7,
    })
    expect(await agent('dev1')).toMatchObject({ state: 'needs-human', cause })
    expect(await tip()).toBe(base)
  })

  it('of several together is recorded for each, and none is merged', async () => {
    await project.start(2, verify('false'))
    await project.work('dev1', { 'a.txt': 'a\n' })
    await project.work('dev2', { 'b.txt': 'b\n' })
    await integrate(project.runtime, id, 'dev1')
    expect((await desired()).agents.map((row) => row.state)).toEqual(['needs-human', 'needs-human'])
    expect((await merges()).map((row) => [row.agent, row.state])).toEqual([
      ['dev2', 'red'],
      ['dev1', 'red'],
    ])
    expect(await tip()).toBe(base)
  })

  it('after a merge that git takes is seen, though each side alone is green', async () => {
    await project.start(2, verify('! { test -f a.txt && test -f b.txt; }'))
    await project.work('dev1', { 'a.txt': 'a\n' })
    await project.work('dev2', { 'b.txt': 'b\n' })
    await integrate(project.runtime, id, 'dev1')
    const before = await tip()
    await integrate(project.runtime, id, 'dev2')
    expect([await tip(), (await agent('dev2'))?.state]).toEqual([before, 'needs-human'])
    expect((await desired()).orchestration.state).toBe('needs-human')
  })
})

describe('work that conflicts', () => {
  it('is recorded with its files and commits, and its owner is told', async () => {
    await project.start(2, verify('true'))
    await project.work('dev1', { 'shop.txt': 'ONE\ntwo\nthree\n' })
    const theirs = await project.work('dev2', { 'shop.txt': 'Eins\ntwo\nthree\n' })
    await integrate(project.runtime, id, 'dev1')
    const before = await tip()
    const cause = await integrate(project.runtime, id, 'dev2')
    expect(cause).toBe(`conflicts with ${project.integration} in shop.txt`)
    expect(await branch('dev2')).toMatchObject({ state: 'conflicted', cause })
    expect((await merges()).at(-1)).toMatchObject({
      agent: 'dev2',
      state: 'conflicted',
      from_commit: theirs,
      into_commit: before,
      result_commit: null,
      files: '["shop.txt"]',
      deadline_at: project.room.now() + 30 * 60_000,
    })
    expect((await messages()).filter((row) => row.target === 'dev2')).toMatchObject([
      { sender: 'tmo', body: expect.stringContaining(`git merge ${project.integration}`) },
    ])
    expect([await tip(), (await agent('dev2'))?.state]).toEqual([before, 'running'])
  })

  it('is merged once its owner resolved it and reported again', async () => {
    await project.start(2, verify('true'))
    await project.work('dev1', { 'shop.txt': 'ONE\ntwo\nthree\n' })
    await project.work('dev2', { 'shop.txt': 'Eins\ntwo\nthree\n' })
    await integrate(project.runtime, id, 'dev1')
    await integrate(project.runtime, id, 'dev2')
    await project.git('checkout', '--quiet', `tmo/${id}/dev2`)
    await project.git('merge', '--quiet', '-X', 'ours', '--no-edit', project.integration)
    const commit = await project.git('rev-parse', 'HEAD')
    await project.git('checkout', '--quiet', 'main')
    await project.ledger.command('report.add', { id, name: 'dev2', kind: 'done', note: 'both', commit })
    expect(await integrate(project.runtime, id, 'dev2')).toMatch(/^merged dev2 at /)
    expect(await show('shop.txt')).toBe('Eins\ntwo\nthree')
  })
})

describe('after a crash', () => {
  it.each(['orchestration.integration', 'orchestration.verified', 'merge.record', 'agent.integrated'])(
    'between the move of the branch and %s, the next run ends the same',
    async (name) => {
      await project.start(1, verify('true'))
      const commit = await project.work('dev1', { 'a.txt': 'a\n' })
      await expect(integrate(diesAt(name), id, 'dev1')).rejects.toThrow('killed')
      const moved = await tip()
      expect(moved).not.toBe(base)
      expect(await integrate(project.runtime, id, 'dev1')).toBe(`work at ${commit.slice(0, 12)}`)
      expect(await tip()).toBe(moved)
      expect(await branch('dev1')).toMatchObject({ state: 'merged', commit_id: commit, merged_commit: moved })
      expect((await agent('dev1'))?.state).toBe('done')
      expect((await desired()).orchestration.integration_commit).toBe(moved)
      expect(await integrate(project.runtime, id, 'dev1')).toBe('there is nothing to integrate yet')
    },
  )

  it('that left a verification’s tree, the next verification removes it', async () => {
    await project.start(1, verify('true'))
    const left = `${project.under}/.verify-left`
    await project.git('worktree', 'add', '--quiet', '--detach', left, base)
    await project.work('dev1', { 'a.txt': 'a\n' })
    await integrate(project.runtime, id, 'dev1')
    expect(await readdir(project.under)).toEqual([])
  })

  it('trees that are not verifications are not swept', async () => {
    const own = `${project.under}/dev1`
    await project.git('worktree', 'add', '--quiet', '--detach', own, base)
    await sweep(await project.runtime.repository(''), project.under)
    expect(await readdir(project.under)).toEqual(['dev1'])
    await project.git('worktree', 'remove', own)
  })
})

describe('the verify command', () => {
  it('runs in a clean tree of the commit, without any agent’s identity', async () => {
    const clean = 'test -z "$(git status --porcelain)" && test -f a.txt'
    await project.start(1, verify(`${clean} && test -z "$TMO_TOKEN$TMUX"`))
    await project.work('dev1', { 'a.txt': 'a\n' })
    expect(await integrate(project.runtime, id, 'dev1')).toMatch(/^merged/)
  })

  it('leaves nothing when it wrote into its tree, or ran out of time with a child at work', async () => {
    await project.start(1, verify('echo x > left.txt; mkdir d; echo y > d/e; sleep 600 & sleep 600', 300))
    await project.work('dev1', { 'a.txt': 'a\n' })
    expect(await integrate(project.runtime, id, 'dev1')).toContain('(exit 124)')
    expect((await desired()).orchestration.verify_tail).toContain('(its time ran out)')
  })
})

describe('the last check', () => {
  const end = async () => {
    await project.ledger.command('orchestration.finish', { id })
    return await finish(project.runtime, id)
  }

  it('completes the run at the commit that was verified', async () => {
    await project.start(1, verify('true'))
    await project.work('dev1', { 'a.txt': 'a\n' })
    await integrate(project.runtime, id, 'dev1')
    expect(await end()).toBe('completed')
    expect((await desired()).orchestration).toMatchObject({ state: 'completed', verify_commit: await tip() })
    expect(await finish(project.runtime, id)).toBe('it is not integrating')
  })

  it('verifies a commit that was not verified yet, and asks for a human when it is red', async () => {
    await project.start(1, verify('! test -f late.txt'))
    await project.work('dev1', { 'a.txt': 'a\n' })
    await integrate(project.runtime, id, 'dev1')
    await project.work('dev1', { 'late.txt': 'x\n' })
    await project.git('branch', '--force', project.integration, `tmo/${id}/dev1`)
    expect(await end()).toMatch(/^the verify command fails \(exit 1\) at the integration commit /)
    expect((await desired()).orchestration).toMatchObject({
      state: 'needs-human',
      verify_commit: await tip(),
      verify_exit_code: 1,
    })
  })

  it('asks for a human while a task is open', async () => {
    const task = { id: 't1', title: 'Write', body: '', files: [], dependsOn: [], owner: null }
    await project.start(1, { tasks: [task] })
    expect(await end()).toBe('everybody is done, but t1 (nobody) is not')
    expect((await desired()).orchestration.state).toBe('needs-human')
  })
})
