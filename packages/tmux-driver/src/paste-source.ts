import { randomBytes } from 'node:crypto'
import { lstat, open, readdir, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TmuxError } from './errors.ts'
import { escapeFormat } from './quote.ts'

const inBandBytesMax = 4096
const pasteBytesMax = 64 * 1024 * 1024
const prefix = 'tmo-paste-'
/** No paste takes so long: its process was killed in between. */
const staleMs = 10 * 60_000
const swept = new Set<string>()

export interface PasteSource {
  /** The command that brings the text into the buffer. */
  readonly load: readonly string[]
  /** Removes what lies outside tmux. */
  release(): Promise<void>
}

/**
 * A way to bring text or bytes into tmux's buffer. Short text goes over the connection; long text, which the server's
 * parser would take seconds for, and bytes that may be no text, through a file that only this user can read.
 */
export async function openPasteSource(buffer: string, content: string | Uint8Array): Promise<PasteSource> {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content
  if (bytes.length > pasteBytesMax) throw new RangeError(`a paste holds at most ${pasteBytesMax} bytes`)
  if (typeof content === 'string' && bytes.length <= inBandBytesMax && !content.includes('\0')) {
    return { load: ['set-buffer', '-b', buffer, '--', content], release: async () => undefined }
  }
  const folder = tmpdir()
  await sweep(folder)
  const path = join(folder, `${prefix}${randomBytes(12).toString('hex')}`)
  const release = (): Promise<void> => unlink(path)
  await writePrivate(path, bytes)
  return { load: ['load-buffer', '-b', buffer, '--', escapeFormat(path)], release }
}

/** Once in the life of a process: what one that was killed left of its pastes is removed. */
async function sweep(folder: string): Promise<void> {
  if (swept.has(folder)) return
  swept.add(folder)
  const names = (await readdir(folder).catch(ignoreFileError)) ?? []
  for (const name of names)
    if (name.startsWith(prefix)) await removeStale(join(folder, name)).catch(ignoreFileError)
}

async function removeStale(path: string): Promise<void> {
  const { mtimeMs, uid } = await lstat(path)
  if (uid === process.getuid?.() && Date.now() - mtimeMs > staleMs) await unlink(path)
}

/** It was removed by another, or is not ours to read. */
function ignoreFileError(error: unknown): undefined {
  if (error instanceof Error && 'code' in error) return
  throw error
}

async function writePrivate(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((cause: unknown) => {
    throw fileError(path, cause)
  })
  try {
    await file.writeFile(bytes)
  } catch (cause) {
    await unlink(path)
    throw fileError(path, cause)
  } finally {
    await file.close()
  }
}

function fileError(path: string, cause: unknown): TmuxError {
  return new TmuxError('COMMAND_FAILED', `could not write the paste to ${path}; nothing was sent`, {
    details: { target: path },
    hint: 'Is the temporary directory full or not writable?',
    cause,
  })
}
