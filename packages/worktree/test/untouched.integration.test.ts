import { chmod, mkdir, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openRepository, type Repository } from '../src/index.ts'
import { type TemporaryRepository, temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from './clean-environment.ts'
import { fingerprint } from './fingerprint.ts'

let temporary: TemporaryRepository
let repository: Repository

beforeEach(async () => {
  temporary = await temporaryRepository({
    branch: 'trunk',
    files: { 'a.txt': 'one\n', '.gitignore': 'ignored/\n' },
  })
  repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
})
afterEach(() => temporary[Symbol.asyncDispose]())

const inRoot = (...names: readonly string[]): string => join(temporary.dir, ...names)

async function makeUsersMess(): Promise<void> {
  await temporary.git('switch', '--quiet', '--create', 'users/feature')
  await temporary.commit({ 'feature.txt': 'feature\n' }, 'Feature')
  await writeFile(inRoot('stashed.txt'), 'stashed\n')
  await temporary.git('add', 'stashed.txt')
  await temporary.git('stash', 'push', '--quiet')
  await writeFile(inRoot('a.txt'), 'staged\n')
  await temporary.git('add', 'a.txt')
  await writeFile(inRoot('a.txt'), 'unstaged\n')
  await mkdir(inRoot('ignored'))
  await writeFile(inRoot('ignored/secret'), 'ignored\n')
  await writeFile(inRoot('untracked file.sh'), '#!/bin/sh\n')
  await chmod(inRoot('untracked file.sh'), 0o755)
  await symlink('a.txt', inRoot('link'))
}

test("every operation leaves the user's files, index, branches, stash and configuration byte for byte", async () => {
  await makeUsersMess()
  const base = await temporary.git('rev-parse', 'trunk')
  const before = await fingerprint(temporary)
  const unchanged = async (after: string): Promise<void> => {
    expect(await fingerprint(temporary), after).toEqual(before)
  }
  const path = join(temporary.outside, 'developer')
  expect(await repository.currentBranch()).toBe('users/feature')
  await repository.addWorktree({ path, branch: 'tmo/x/developer', base })
  await unchanged('addWorktree')
  await temporary.git('-C', path, 'commit', '--quiet', '--allow-empty', '--message', 'Work')
  const from = await temporary.git('rev-parse', 'tmo/x/developer')
  await repository.inspect(path, { base })
  await repository.inspect(temporary.dir)
  await repository.listWorktrees()
  await unchanged('inspect')
  await repository.preserve(temporary.dir, { ref: 'refs/tmo/preserved/users/*' })
  await unchanged('preserve')
  const merged = await repository.merge({
    into: await temporary.git('rev-parse', 'users/feature'),
    from,
    message: 'M',
  })
  await unchanged('merge')
  const commit = merged.status === 'conflicted' ? '' : merged.commit
  await repository.updateBranch('tmo/x/integration', commit, { expected: null })
  await repository.diff({ from: base, to: commit })
  await repository.commits({ from: base, to: commit })
  await unchanged('updateBranch')
  await writeFile(join(path, 'a.txt'), 'lost?\n')
  expect(await repository.removeWorktree(path, { force: 'preserve' })).toMatchObject({ status: 'removed' })
  await unchanged('removeWorktree')
  await repository.deleteBranch('tmo/x/integration', { expected: commit })
  expect(await repository.removeWorktree(temporary.dir, { force: 'preserve' })).toEqual({
    status: 'refused',
    reasons: ["it is the repository's main worktree"],
  })
  await unchanged('refused removeWorktree')
})

test('nor do restoring, copying, measuring, repairing and pruning, of the main worktree least of all', async () => {
  await makeUsersMess()
  await writeFile(inRoot('.worktreeinclude'), 'ignored/\n')
  await writeFile(inRoot('.git/hooks/post-checkout'), '#!/bin/sh\ntouch ran\n', { mode: 0o755 })
  const base = await temporary.git('rev-parse', 'trunk')
  const before = await fingerprint(temporary)
  const unchanged = async (after: string): Promise<void> => {
    expect(await fingerprint(temporary), after).toEqual(before)
  }
  const path = join(temporary.outside, 'developer')
  const add = () => repository.addWorktree({ path, branch: 'tmo/x/developer', base })
  await add()
  expect(await repository.copyIncluded(path, { patterns: ['*'] })).toMatchObject({
    copied: ['ignored/secret'],
  })
  await unchanged('copyIncluded')
  await repository.assignPorts(path)
  await repository.readFile(base, 'a.txt')
  await unchanged('assignPorts')
  await writeFile(join(path, 'a.txt'), 'two\n')
  const removed = await repository.removeWorktree(path, { force: 'preserve' })
  const ref = removed.status === 'removed' ? (removed.preserved?.ref ?? '') : ''
  await add()
  expect(await repository.restore(path, { ref })).toMatchObject({ status: 'restored' })
  await unchanged('restore')
  expect(await repository.restore(temporary.dir, { ref })).toMatchObject({ status: 'refused' })
  await unchanged('refused restore')
  expect((await repository.measureDisk()).length).toBe(2)
  await repository.inspectAll({ base })
  await unchanged('measureDisk')
  const gitDir = await temporary.git('-C', path, 'rev-parse', '--absolute-git-dir')
  await writeFile(join(gitDir, 'index'), 'garbage')
  await writeFile(join(gitDir, 'HEAD'), 'garbage')
  await writeFile(join(path, '.git'), 'garbage')
  expect(await repository.repair(path)).toMatchObject({ status: 'repaired' })
  await unchanged('repair')
  await temporary.git('-C', path, 'worktree', 'lock', path)
  await rm(path, { recursive: true })
  expect(await repository.prune({ locked: true })).toMatchObject({ pruned: [{ path }] })
  await unchanged('prune')
  await repository.expirePreserved({ olderThanMs: 0, keepNewest: 0 })
  await unchanged('expirePreserved')
  await writeFile(inRoot('.git/index'), 'garbage')
  const garbled = await fingerprint(temporary)
  expect(await repository.repair(temporary.dir)).toMatchObject({ status: 'unrepaired', done: [], saved: [] })
  await repository.removeStaleLocks(temporary.dir)
  expect(await fingerprint(temporary)).toEqual(garbled)
})

test('no hook, file system monitor, external diff or text conversion of the repository is started', async () => {
  const witness = join(temporary.outside, 'witness')
  await mkdir(witness)
  const trap = join(temporary.outside, 'trap.sh')
  await writeFile(trap, `#!/bin/sh\ntouch "${witness}/$(basename "$0")"\ncat "$1" 2>/dev/null\n`, {
    mode: 0o755,
  })
  const hooks = [
    'post-checkout',
    'pre-commit',
    'post-merge',
    'reference-transaction',
    'post-index-change',
    'post-commit',
  ]
  for (const hook of hooks) await symlink(trap, inRoot('.git/hooks', hook))
  await temporary.git('config', 'core.fsmonitor', trap)
  await temporary.git('config', 'diff.external', trap)
  await temporary.git('config', 'diff.trap.command', trap)
  await temporary.git('config', 'diff.trap.textconv', trap)
  await writeFile(inRoot('.git/info/attributes'), '* diff=trap\n')
  const base = await temporary.git('rev-parse', 'HEAD')
  const path = join(temporary.outside, 'developer')
  await repository.addWorktree({ path, branch: 'tmo/x/developer', base })
  await writeFile(join(path, 'a.txt'), 'two\n')
  await repository.inspect(path)
  const saved = await repository.preserve(path, { ref: 'refs/tmo/preserved/x/*' })
  const to = saved.status === 'preserved' ? saved.commit : ''
  expect(await repository.diff({ from: base, to })).toContain('+two')
  await repository.merge({ into: base, from: to, message: 'M' })
  await repository.updateBranch('tmo/x/integration', to, { expected: null })
  await repository.removeWorktree(path, { force: 'preserve' })
  expect(await readdir(witness)).toEqual([])
})

test('reading never takes a lock of git nor writes the index, also where the index is out of date', async () => {
  await utimes(inRoot('a.txt'), 1, 1)
  const before = await fingerprint(temporary)
  expect(await repository.inspect(temporary.dir)).toMatchObject({ clean: true, branch: 'trunk' })
  expect(await fingerprint(temporary)).toEqual(before)
  await writeFile(inRoot('.git/index.lock'), '')
  expect(await repository.inspect(temporary.dir)).toMatchObject({ clean: true, branch: 'trunk' })
})

test('an environment that points git elsewhere is not followed', async () => {
  const env = {
    ...cleanEnvironment(),
    GIT_DIR: '/nowhere',
    GIT_INDEX_FILE: '/nowhere',
    GIT_WORK_TREE: '/nowhere',
  }
  const opened = await openRepository(temporary.dir, { env })
  expect(opened.root).toBe(temporary.dir)
  expect(await opened.inspect(temporary.dir)).toMatchObject({ clean: true })
})
