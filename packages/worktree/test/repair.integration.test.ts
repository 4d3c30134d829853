import { mkdir, readFile, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type DamageKind, openRepository, type Repository } from '../src/index.ts'
import { type TemporaryRepository, temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from './clean-environment.ts'
import { describeContents, fingerprint } from './fingerprint.ts'

let temporary: TemporaryRepository
let repository: Repository
let path: string
let gitDir: string

beforeEach(async () => {
  temporary = await temporaryRepository({ files: { 'a.txt': 'one\n', 'b.txt': 'b\n', 'dir/c.txt': 'c\n' } })
  repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
  path = join(temporary.outside, 'developer')
  gitDir = join(temporary.dir, '.git/worktrees/developer')
  await repository.addWorktree({ path, branch: 'work/developer', base: 'HEAD' })
  await writeFile(join(path, 'committed.txt'), 'committed\n')
  await inside('add', '--all')
  await inside('commit', '--quiet', '--message', 'Work')
  await writeFile(join(path, 'a.txt'), 'staged\n')
  await inside('add', 'a.txt')
  await writeFile(join(path, 'a.txt'), 'unstaged\n')
  await writeFile(join(path, 'untracked.txt'), 'untracked\n')
})
afterEach(() => temporary[Symbol.asyncDispose]())

const inside = (...args: readonly string[]): Promise<string> => temporary.git('-C', path, ...args)

/** Everything that any saved ref holds, as text. */
async function savedTexts(): Promise<readonly string[]> {
  const texts: string[] = []
  for (const { name } of await repository.listRefs('refs/tmo/preserved/'))
    for (const line of (await temporary.git('ls-tree', '-r', '-z', name)).split('\0').filter(Boolean)) {
      const [, , object = ''] = line.split(/[ \t]/)
      texts.push(await temporary.git('cat-file', 'blob', object))
    }
  return texts
}

async function staged(): Promise<string> {
  return inside('show', ':a.txt')
}

interface Case {
  readonly name: string
  readonly kinds: readonly DamageKind[]
  readonly damage: () => Promise<unknown>
  /** What is staged is in the index again, or in a ref. */
  readonly staged: 'kept' | 'saved'
  readonly branch?: string
}

const ref = (): string => join(temporary.dir, '.git/refs/heads/work/developer')

const cases: readonly Case[] = [
  {
    name: 'the .git file is missing',
    kinds: ['git-file'],
    damage: () => rm(join(path, '.git')),
    staged: 'kept',
  },
  {
    name: 'the .git file is garbled',
    kinds: ['git-file'],
    damage: () => writeFile(join(path, '.git'), 'g\0rbage'),
    staged: 'kept',
  },
  {
    name: 'the .git file names another place',
    kinds: ['git-file'],
    damage: () => writeFile(join(path, '.git'), 'gitdir: /nowhere/.git/worktrees/developer\n'),
    staged: 'kept',
  },
  {
    name: 'the main repository lay elsewhere',
    kinds: ['git-file', 'git-directory'],
    damage: async () => {
      await writeFile(join(path, '.git'), 'gitdir: /old/place/.git/worktrees/developer\n')
      await writeFile(join(gitDir, 'commondir'), '/old/place/.git\n')
    },
    staged: 'kept',
  },
  {
    name: 'the folder was moved by hand',
    kinds: ['git-directory'],
    damage: async () => {
      await rename(path, join(temporary.outside, 'moved'))
      path = join(temporary.outside, 'moved')
    },
    staged: 'kept',
  },
  {
    name: 'HEAD is garbled',
    kinds: ['head'],
    damage: () => writeFile(join(gitDir, 'HEAD'), 'x\0y'),
    staged: 'kept',
  },
  { name: 'HEAD is empty', kinds: ['head'], damage: () => truncate(join(gitDir, 'HEAD')), staged: 'kept' },
  { name: 'HEAD is missing', kinds: ['head'], damage: () => rm(join(gitDir, 'HEAD')), staged: 'kept' },
  { name: 'the branch is emptied', kinds: ['branch-ref'], damage: () => truncate(ref()), staged: 'kept' },
  {
    name: 'the branch is full of zeros',
    kinds: ['branch-ref'],
    damage: () => writeFile(ref(), Buffer.alloc(41)),
    staged: 'kept',
  },
  { name: 'the branch is gone', kinds: ['branch-ref'], damage: () => rm(ref()), staged: 'kept' },
  {
    name: 'HEAD and the branch are both empty',
    kinds: ['head'],
    damage: async () => {
      await truncate(join(gitDir, 'HEAD'))
      await truncate(ref())
    },
    staged: 'kept',
    branch: 'work/developer',
  },
  {
    name: 'the index is garbled',
    kinds: ['index'],
    damage: () => writeFile(join(gitDir, 'index'), 'garbage that is no index at all'),
    staged: 'saved',
  },
  {
    name: 'the index is truncated',
    kinds: ['index'],
    damage: () => truncate(join(gitDir, 'index'), 100),
    staged: 'saved',
  },
  {
    name: 'the index is empty',
    kinds: ['index'],
    damage: () => truncate(join(gitDir, 'index')),
    staged: 'saved',
  },
  {
    name: 'the index is missing',
    kinds: ['index'],
    damage: () => rm(join(gitDir, 'index')),
    staged: 'saved',
  },
  {
    name: 'one bit of the index is another',
    kinds: ['index'],
    damage: async () => {
      const index = await readFile(join(gitDir, 'index'))
      index[40] = (index[40] ?? 0) ^ 4
      await writeFile(join(gitDir, 'index'), index)
    },
    staged: 'saved',
  },
  {
    name: 'the git directory is pruned',
    kinds: ['git-directory'],
    damage: () => rm(gitDir, { recursive: true }),
    staged: 'saved',
    branch: 'work/developer',
  },
  {
    name: 'locks of a dead git are left',
    kinds: ['stale-lock', 'stale-lock', 'stale-lock'],
    damage: async () => {
      const packed = join(temporary.dir, '.git/packed-refs.lock')
      for (const lock of [join(gitDir, 'index.lock'), `${ref()}.lock`, packed]) await writeFile(lock, '')
      await utimes(packed, 1, 1)
    },
    staged: 'kept',
  },
  {
    name: 'all at once',
    kinds: ['git-file', 'git-directory', 'head', 'stale-lock'],
    damage: async () => {
      await rm(join(path, '.git'))
      await rm(join(gitDir, 'commondir'))
      await truncate(join(gitDir, 'HEAD'))
      await truncate(join(gitDir, 'index'))
      await writeFile(join(gitDir, 'index.lock'), '')
    },
    staged: 'saved',
  },
]

describe('with staged, unstaged and untracked edits', () => {
  test.each(cases)('$name: found, mended, and every edit is kept or saved', async (given) => {
    const head = await inside('rev-parse', 'HEAD')
    const users = await fingerprint(temporary)
    await given.damage()
    const files = await describeContents(path)
    const options = given.branch === undefined ? {} : { branch: given.branch }
    const found = await repository.diagnose(path, options)
    expect(found.map(({ kind }) => kind)).toEqual(given.kinds)
    const result = await repository.repair(path, options)
    expect(result).toMatchObject({ status: 'repaired', remaining: [], found })
    expect(result.done.length).toBeGreaterThan(0)
    expect(await repository.diagnose(path)).toEqual([])
    expect(await describeContents(path)).toEqual(files)
    expect(await repository.inspect(path)).toMatchObject({ head, branch: 'work/developer', untracked: 1 })
    if (given.staged === 'kept') expect(await staged()).toBe('staged')
    else expect(await savedTexts()).toContain('staged')
    await inside('commit', '--quiet', '--all', '--message', 'Goes on')
    expect(await temporary.git('fsck', '--no-dangling')).toBe('')
    const now = await fingerprint(temporary)
    expect(now.filter((line) => !line.includes('refs/heads/work/'))).toEqual(
      users.filter((line) => !line.includes('refs/heads/work/')),
    )
    expect(await repository.repair(path)).toMatchObject({ status: 'sound' })
  })
})

test('a folder that is gone is made anew from its branch, and what was staged is saved', async () => {
  const head = await inside('rev-parse', 'HEAD')
  await temporary.git('worktree', 'lock', path)
  await rm(path, { recursive: true })
  expect(await repository.repair(path, { recreate: false })).toMatchObject({ status: 'unrepaired' })
  expect(await repository.repair(path)).toMatchObject({
    status: 'repaired',
    found: [{ kind: 'folder-gone' }],
  })
  expect(await repository.inspect(path)).toMatchObject({ clean: true, head, branch: 'work/developer' })
  expect(await savedTexts()).toContain('staged')
  expect((await repository.listWorktrees()).at(-1)).toMatchObject({ locked: '' })
})

test.each(['merge', 'rebase', 'cherry-pick'] as const)(
  'an interrupted %s is left alone, or saved and ended when asked',
  async (operation) => {
    await temporary.commit({ 'a.txt': 'main\n' }, 'Main')
    await inside('commit', '--quiet', '--all', '--message', 'Ours')
    const head = await inside('rev-parse', 'HEAD')
    await inside(operation, 'main').catch(() => '')
    await writeFile(join(path, 'a.txt'), 'half resolved\n')
    expect(await repository.repair(path)).toMatchObject({
      status: 'unrepaired',
      done: [],
      remaining: [{ kind: 'unfinished-operation' }],
    })
    expect(await readFile(join(path, 'a.txt'), 'utf8')).toBe('half resolved\n')
    const ended = await repository.repair(path, { abortOperation: true })
    expect(ended).toMatchObject({ status: 'repaired', done: [`ended the ${operation}`] })
    expect(await savedTexts()).toContain('half resolved')
    expect(await repository.inspect(path)).toMatchObject({
      conflicted: 0,
      staged: 0,
      head,
      branch: 'work/developer',
    })
    expect(await readFile(join(path, 'untracked.txt'), 'utf8')).toBe('untracked\n')
  },
)

test('what cannot be repaired is said, and nothing is changed', async () => {
  await rm(join(path, '.git'))
  await rm(gitDir, { recursive: true })
  expect(await repository.repair(path)).toMatchObject({
    status: 'unrepaired',
    done: [],
    remaining: [{ kind: 'git-directory', what: expect.stringContaining('say which') }],
  })
  await mkdir(join(path, '.git'))
  expect(await repository.repair(path, { branch: 'work/developer' })).toMatchObject({
    status: 'unrepaired',
    done: [],
  })
  expect(await repository.repair(join(temporary.outside, 'never'))).toMatchObject({ status: 'unrepaired' })
  await writeFile(join(temporary.dir, '.git/index.lock'), '')
  const users = await fingerprint(temporary)
  await repository.repair(temporary.dir)
  expect(await fingerprint(temporary)).toEqual(users)
  expect(await readFile(join(temporary.dir, '.git/index.lock'), 'utf8')).toBe('')
})

test('pruning forgets what is gone, locked ones when asked, and saves what only they knew', async () => {
  await temporary.git('worktree', 'lock', '--reason', 'mine', path)
  await rm(path, { recursive: true })
  expect(await repository.prune()).toEqual({
    pruned: [],
    kept: [{ path, reason: 'it is locked: mine' }],
  })
  expect(await repository.prune({ locked: true, dryRun: true })).toEqual({ pruned: [{ path }], kept: [] })
  const saved = 'refs/tmo/preserved/developer/1'
  expect(await repository.prune({ locked: true })).toEqual({ pruned: [{ path, saved }], kept: [] })
  expect(await savedTexts()).toContain('staged')
  expect(await repository.listWorktrees()).toHaveLength(1)
  expect(await repository.prune()).toEqual({ pruned: [], kept: [] })
})
