import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isWorktreeError, openRepository } from '../src/index.ts'
import { type TemporaryRepository, temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from './clean-environment.ts'

let temporary: TemporaryRepository
let path: string

beforeEach(async () => {
  temporary = await temporaryRepository({ files: { 'a.txt': 'one\n', 'b.slow': 'two\n' } })
  path = join(temporary.outside, 'developer')
})
afterEach(() => temporary[Symbol.asyncDispose]())

/** A content filter that hangs until it is killed, as a lost network drive would. */
async function makeCheckoutHang(): Promise<void> {
  await temporary.git(
    'config',
    'filter.hang.smudge',
    `touch '${join(temporary.outside, 'hanging')}'; exec sleep 600`,
  )
  await writeFile(join(temporary.dir, '.git/info/attributes'), '*.slow filter=hang\n')
}

async function nothingLeft(): Promise<void> {
  const git = join(temporary.dir, '.git')
  expect((await readdir(temporary.outside)).filter((name) => name !== 'hanging')).toEqual(['repository'])
  expect((await readdir(git)).filter((name) => name.startsWith('tmo') || name === 'worktrees')).toEqual([])
  expect(await temporary.git('branch', '--format=%(refname:short)')).toBe('main')
}

test('an aborted addition rejects with the reason, ends every process of git and leaves nothing', async () => {
  await makeCheckoutHang()
  const repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
  const controller = new AbortController()
  const adding = repository.addWorktree({ path, branch: 'b', base: 'HEAD', signal: controller.signal })
  const caught = adding.catch((reason: unknown) => reason)
  await expect.poll(() => readdir(temporary.outside), { timeout: 20_000 }).toContain('hanging')
  const reason = new RangeError('enough')
  controller.abort(reason)
  expect(await caught).toBe(reason)
  await nothingLeft()
})

test('a git that hangs is ended at the deadline, and the error says what ran for how long', async () => {
  await makeCheckoutHang()
  const repository = await openRepository(temporary.dir, { env: cleanEnvironment(), timeoutMs: 1_500 })
  const error = await repository
    .addWorktree({ path, branch: 'b', base: 'HEAD' })
    .catch((reason: unknown) => reason)
  if (!isWorktreeError(error, 'GIT_FAILED')) throw error
  expect(error.details).toMatchObject({ timedOut: true, cwd: path })
  expect(error.details.argv).toContain('reset')
  expect(error.details.durationMs).toBeGreaterThanOrEqual(1_500)
  await nothingLeft()
})

test('an aborted signal starts nothing', async () => {
  const repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
  const signal = AbortSignal.abort(new RangeError('too late'))
  await expect(repository.addWorktree({ path, branch: 'b', base: 'HEAD', signal })).rejects.toBe(
    signal.reason,
  )
  await expect(repository.removeWorktree(path, { signal })).rejects.toBe(signal.reason)
  await nothingLeft()
})

test('adding starts 3 processes of git, 2 where the base is known, inspecting 1, and 1 more while the configuration is not known', async () => {
  const trace = join(temporary.outside, 'trace')
  const env = { ...cleanEnvironment(), GIT_TRACE2_EVENT: trace }
  const repository = await openRepository(temporary.dir, { env })
  const started = async (): Promise<number> => {
    const events = (await readFile(trace, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    return events.filter(({ event, sid }) => event === 'version' && !sid.includes('/')).length
  }
  const before = await started()
  const { head } = await repository.addWorktree({ path, branch: 'b', base: 'HEAD' })
  expect((await started()) - before).toBe(3)
  await repository.addWorktree({ path: `${path}-2`, branch: 'b2', base: head ?? '' })
  expect((await started()) - before).toBe(5)
  await repository.inspect(path)
  expect((await started()) - before).toBe(7)
  await repository.inspect(path)
  expect((await started()) - before).toBe(8)
})

test.skipIf(!canMount())('a full disk is told as such, and the half-made worktree is gone', async () => {
  await temporary.commit({ 'big.bin': 'x'.repeat(3_000_000) }, 'Big')
  const small = join(temporary.outside, 'small')
  await mkdir(small)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small])
  try {
    const repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
    const adding = repository.addWorktree({ path: join(small, 'w'), branch: 'b', base: 'HEAD' })
    await expect(adding).rejects.toMatchObject({ code: 'DISK_FULL' })
    expect(await readdir(small)).toEqual([])
    expect(await repository.listWorktrees()).toHaveLength(1)
    expect(await repository.branchExists('b')).toBe(false)
  } finally {
    execFileSync('umount', [small])
  }
})

test.skipIf(!canMount())(
  'a repository on a full disk is told as such, wherever the space ran out',
  async () => {
    const small = join(temporary.outside, 'small')
    await mkdir(small)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small])
    try {
      await temporary.git('clone', '--quiet', '--no-hardlinks', temporary.dir, join(small, 'r'))
      const repository = await openRepository(join(small, 'r'), { env: cleanEnvironment() })
      execFileSync('sh', ['-c', 'cat /dev/zero >"$1" 2>/dev/null || true', 'sh', join(small, 'filler')])
      await expect(repository.addWorktree({ path, branch: 'b', base: 'HEAD' })).rejects.toMatchObject({
        code: 'DISK_FULL',
      })
      expect(await readdir(temporary.outside)).not.toContain('developer')
    } finally {
      execFileSync('umount', [small])
    }
  },
)

function canMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' })
    return process.getuid?.() === 0
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}
