import { createHash } from 'node:crypto'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { TemporaryRepository } from '../src/testing.ts'

/** Everything of a main worktree that its user could see changed: files, modes, index bytes, HEAD, branches, stash, configuration, hooks. */
export async function fingerprint(temporary: TemporaryRepository): Promise<readonly string[]> {
  const files = await describe(temporary.dir, '')
  const own = [
    'index',
    'HEAD',
    'config',
    'ORIG_HEAD',
    'MERGE_HEAD',
    'logs/HEAD',
    'logs/refs/stash',
    'info/exclude',
    'info/attributes',
    'info/sparse-checkout',
    'config.worktree',
    'packed-refs',
  ]
  const admin = await Promise.all(
    own.map(async (name) => `${name} ${await hash(join(temporary.dir, '.git', name))}`),
  )
  const refs = (await temporary.git('for-each-ref'))
    .split('\n')
    .filter((line) => !/refs\/(tmo|heads\/tmo)\//.test(line))
  const hooks = await describe(join(temporary.dir, '.git/hooks'), '')
  return [...files, ...admin, ...hooks, ...refs]
}

/** Paths (bytes, one character each), modes and contents below a folder, without times and without `.git`. */
export async function describeContents(root: string): Promise<readonly string[]> {
  return describeBytes(Buffer.from(root), '')
}

async function describeBytes(root: Buffer, folder: string): Promise<readonly string[]> {
  const at = (name: string): Buffer => Buffer.concat([root, Buffer.from(`/${name}`, 'latin1')])
  const entries = await readdir(at(folder), { encoding: 'buffer', withFileTypes: true })
  const lines = entries.map(async (entry) => {
    const name = join(folder, Buffer.from(entry.name).toString('latin1'))
    if (name === '.git') return []
    const { mode } = await lstat(at(name))
    const line = `${name} ${mode.toString(8)}`
    if (entry.isDirectory()) return [line, ...(await describeBytes(root, name))]
    if (entry.isSymbolicLink()) return [`${line} → ${await readlink(at(name))}`]
    return [
      `${line} ${createHash('sha256')
        .update(await readFile(at(name)))
        .digest('hex')}`,
    ]
  })
  return (await Promise.all(lines)).flat().sort()
}

async function describe(root: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true })
  const lines = await Promise.all(
    entries.map(async (entry) => {
      const name = join(folder, entry.name)
      if (name === '.git') return []
      const { mode, mtimeMs } = await lstat(join(root, name))
      const line = `${name} ${mode.toString(8)} ${mtimeMs}`
      if (entry.isDirectory()) return [line, ...(await describe(root, name))]
      if (entry.isSymbolicLink()) return [`${line} → ${await readlink(join(root, name))}`]
      return [`${line} ${await hash(join(root, name))}`]
    }),
  )
  return lines.flat()
}

async function hash(path: string): Promise<string> {
  const content = await readFile(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'absent'
    throw error
  })
  return createHash('sha256').update(content).digest('hex')
}
