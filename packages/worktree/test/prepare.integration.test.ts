import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openRepository, type Repository, runHook } from '../src/index.ts'
import { type TemporaryRepository, temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from './clean-environment.ts'

let temporary: TemporaryRepository
let repository: Repository
let path: string

beforeEach(async () => {
  temporary = await temporaryRepository({
    files: {
      'a.txt': 'a\n',
      '.gitignore': '.env*\nlocal/\nsecret\nout\n',
      '.worktreeinclude': '.env*\nlocal/**\nout\n',
    },
  })
  repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
  path = join(temporary.outside, 'developer')
  await repository.addWorktree({ path, branch: 'developer', base: 'HEAD' })
})
afterEach(() => temporary[Symbol.asyncDispose]())

const inMain = (name: string): string => join(temporary.dir, name)

test('what is named and ignored is copied, links only within, and nothing is replaced', async () => {
  await mkdir(inMain('local/deep'), { recursive: true })
  await writeFile(inMain('.env'), 'KEY=1\n', { mode: 0o600 })
  await writeFile(inMain('.env two\nlines'), 'KEY=2\n')
  await writeFile(inMain('local/deep/run'), '#!/bin/sh\n', { mode: 0o755 })
  await writeFile(inMain('secret'), 'not named\n')
  await symlink('deep/run', inMain('local/inside'))
  await symlink('/etc/passwd', inMain('local/absolute'))
  await symlink('../../outside', inMain('local/outside'))
  await writeFile(join(temporary.outside, 'outside'), 'outside\n')
  const result = await repository.copyIncluded(path)
  expect([...result.copied].sort()).toEqual(['.env', '.env two\nlines', 'local/deep/run', 'local/inside'])
  expect(result.skipped.map((one) => one.path).sort()).toEqual(['local/absolute', 'local/outside'])
  expect((await lstat(join(path, '.env'))).mode & 0o777).toBe(0o600)
  expect((await lstat(join(path, 'local/deep/run'))).mode & 0o777).toBe(0o755)
  expect(await readlink(join(path, 'local/inside'))).toBe('deep/run')
  expect(await readdir(join(path, 'local'))).toEqual(['deep', 'inside'])
  expect(await readdir(path)).not.toContain('secret')
  await writeFile(join(path, '.env'), 'MINE\n')
  await rm(join(path, 'local'), { recursive: true })
  expect((await repository.copyIncluded(path)).copied).toEqual(['local/deep/run', 'local/inside'])
  expect(await readFile(join(path, '.env'), 'utf8')).toBe('MINE\n')
  expect(await repository.inspect(path)).toMatchObject({ clean: true })
  await expect(repository.copyIncluded(path, { maxFiles: 2 })).rejects.toMatchObject({
    code: 'TOO_MANY_FILES',
  })
})

test('neither a link of the branch nor patterns that point outside lead out of the trees', async () => {
  const outside = join(temporary.outside, 'outside')
  await mkdir(outside)
  await writeFile(join(outside, 'x'), 'x\n')
  await mkdir(inMain('local'))
  await writeFile(inMain('local/x'), 'from main\n')
  await symlink(outside, join(path, 'local'))
  await writeFile(inMain('.worktreeinclude'), '../outside/x\n/../../etc/passwd\nlocal/\n..\n')
  expect(await repository.copyIncluded(path)).toMatchObject({
    copied: [],
    skipped: [{ path: 'local/x', reason: 'a link or a file stands in the way' }],
  })
  expect(await readFile(join(outside, 'x'), 'utf8')).toBe('x\n')
  await rm(inMain('.worktreeinclude'))
  await symlink('/etc/passwd', inMain('.worktreeinclude'))
  expect(await repository.copyIncluded(path)).toMatchObject({
    copied: [],
    skipped: [{ path: '.worktreeinclude' }],
  })
})

test('a hook runs only with consent to its content, without input, and its output is cut', async () => {
  const hook = async (script: string, options: { timeoutMs?: number; maxOutputBytes?: number } = {}) => {
    await writeFile(join(path, 'setup'), script, { mode: 0o755 })
    const trusted = createHash('sha256').update(script).digest('hex')
    return runHook(path, { file: 'setup', isTrusted: (hash) => hash === trusted, ...options })
  }
  await writeFile(join(path, 'setup'), '#!/bin/sh\ntouch ran\n', { mode: 0o755 })
  expect(await runHook(path, { file: 'setup', isTrusted: () => false })).toMatchObject({
    status: 'untrusted',
  })
  expect(await readdir(path)).not.toContain('ran')
  expect(await runHook(path, { file: 'absent', isTrusted: () => true })).toEqual({ status: 'absent' })
  expect(await hook('#!/bin/sh\npwd; read x; echo "got $?$x" >&2; exit 3\n')).toMatchObject({
    status: 'failed',
    exitCode: 3,
    output: `${path}\ngot 1\n`,
  })
  expect(
    await hook('#!/bin/sh\nhead -c 67108864 /dev/zero; echo end\n', { maxOutputBytes: 1000 }),
  ).toMatchObject({
    status: 'succeeded',
    output: expect.stringMatching(/end\n$/),
    droppedBytes: 64 * 1024 ** 2 + 4 - 1000,
  })
  const late = await hook('#!/bin/sh\ntrap "" TERM\nsleep 600 &\necho $!\nwait\nsleep 600\n', {
    timeoutMs: 300,
  })
  expect(late).toMatchObject({ status: 'timed-out' })
  const pid = 'output' in late ? Number(late.output.trim()) : 0
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), 5_000)
  await symlink('/bin/true', join(path, 'link'))
  for (const file of ['link', '/bin/true', '../repository/a.txt'])
    await expect(runHook(path, { file, isTrusted: () => true })).rejects.toThrow(TypeError)
})

test('each worktree has ports of its own until it is removed, none that somebody listens on', async () => {
  const other = join(temporary.outside, 'other')
  await repository.addWorktree({ path: other, branch: 'other', base: 'HEAD' })
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const within = { from: port, to: port + 12, size: 4 }
  try {
    const first = await repository.assignPorts(path, within)
    expect(first.first).toBeGreaterThan(port)
    expect(await repository.assignPorts(path, within)).toEqual(first)
    const answers = await Promise.allSettled([repository.assignPorts(other, within)])
    for (const answer of answers)
      if (answer.status === 'fulfilled') expect(answer.value.first).toBeGreaterThan(first.last)
      else expect(answer.reason).toMatchObject({ code: 'NO_PORTS' })
    await repository.removeWorktree(path)
    await repository.addWorktree({ path, branch: 'developer', base: 'HEAD' })
    expect(await repository.assignPorts(path, within)).toEqual(first)
    await expect(repository.assignPorts(temporary.dir)).rejects.toMatchObject({ code: 'NOT_A_REPOSITORY' })
    await expect(repository.assignPorts(path, { size: 0 })).rejects.toThrow(RangeError)
  } finally {
    server.close()
  }
})

test('patterns of the caller count beside the file, and alone', async () => {
  await writeFile(inMain('.env'), 'KEY=1\n')
  await writeFile(inMain('secret'), 'named by the caller\n')
  expect((await repository.copyIncluded(path, { patterns: ['secret'] })).copied).toEqual(['.env', 'secret'])
  await rm(inMain('.worktreeinclude'))
  await rm(join(path, 'secret'))
  expect((await repository.copyIncluded(path, { patterns: ['secret', 'a.txt'] })).copied).toEqual(['secret'])
  expect((await repository.copyIncluded(path)).copied).toEqual([])
})

test('a hook can be what a commit holds, whatever the worktree made of it, in an environment of its own', async () => {
  const script = '#!/bin/sh\necho "$A$HOME"\n'
  await temporary.commit({ 'tools/setup': script }, 'A hook')
  expect(await repository.readFile('HEAD', 'tools')).toBeUndefined()
  expect(await repository.readFile('HEAD', '../a.txt').catch(() => undefined)).toBeUndefined()
  const content = await repository.readFile('HEAD', 'tools/setup')
  expect(Buffer.from(content ?? []).toString()).toBe(script)
  const started: number[] = []
  const ran = await runHook(path, {
    file: 'tools/setup',
    ...(content && { content }),
    isTrusted: (hash) => hash === createHash('sha256').update(script).digest('hex'),
    env: { PATH: process.env['PATH'], A: 'own ' },
    extendEnv: false,
    onStart: (pid) => started.push(pid),
  })
  expect(ran).toMatchObject({ status: 'succeeded', output: 'own \n' })
  expect(started).toEqual([expect.any(Number)])
})

test('ports are looked for where one wishes first, and what others have is left out', async () => {
  const range = { from: 25_000, to: 25_040, size: 10, preferred: 25_037 }
  const taken = [{ first: 25_030, last: 25_039 }]
  const other = join(temporary.outside, 'other')
  await repository.addWorktree({ path: other, branch: 'other', base: 'HEAD' })
  expect((await repository.assignPorts(path, { ...range, taken })).first).toBeLessThan(25_030)
  expect((await repository.assignPorts(other, range)).first).toBe(25_030)
})
