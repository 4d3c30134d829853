import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What reading a path gave: its content, that nothing is there, or that it could not be read. */
export type Reading<T> =
  | { readonly status: 'read'; readonly value: T }
  | { readonly status: 'absent' }
  | { readonly status: 'unreadable'; readonly cause: unknown }

export async function readText(path: string): Promise<Reading<string>> {
  return reading(() => readFile(path, 'utf8'))
}

export async function listNames(path: string): Promise<Reading<readonly string[]>> {
  return reading(() => readdir(path))
}

export async function sizeOf(path: string): Promise<Reading<number>> {
  return reading(async () => (await stat(path)).size)
}

/** When a file was last changed, epoch milliseconds; undefined when it cannot be told. */
export async function changedAt(path: string): Promise<number | undefined> {
  const changed = await reading(async () => (await stat(path)).mtimeMs)
  return changed.status === 'read' ? changed.value : undefined
}

/** The first part of a file, and whether that is all of it. */
export async function readHead(
  path: string,
  bytes: number,
): Promise<Reading<{ readonly text: string; readonly isWhole: boolean }>> {
  return reading(async () => {
    const file = await open(path, 'r')
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0)
      return { text: buffer.toString('utf8', 0, bytesRead), isWhole: bytesRead < bytes }
    } finally {
      await file.close()
    }
  })
}

/** The last part of a file, from a line's beginning. */
export async function readTail(path: string, bytes: number): Promise<Reading<string>> {
  return reading(async () => {
    const file = await open(path, 'r')
    try {
      const { size } = await file.stat()
      const from = Math.max(0, size - bytes)
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from)
      const text = buffer.toString('utf8', 0, bytesRead)
      return from === 0 ? text : text.slice(text.indexOf('\n') + 1)
    } finally {
      await file.close()
    }
  })
}

/** Keeps a file as it is in a copy beside it, `<name>.tmo-backup`, before it is changed; one that is absent has none. */
export async function backUp(path: string): Promise<void> {
  const before = await readText(path)
  if (before.status === 'read') await writeWhole(`${path}.tmo-backup`, before.value, 0o600)
}

/** Writes a file that others see whole or not at all. */
export async function writeWhole(path: string, content: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = join(dirname(path), `.${randomUUID()}.tmp`)
  try {
    const file = await open(temporary, 'wx', mode)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function reading<T>(read: () => Promise<T>): Promise<Reading<T>> {
  try {
    return { status: 'read', value: await read() }
  } catch (error) {
    return isAbsent(error) ? { status: 'absent' } : { status: 'unreadable', cause: error }
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}
