import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { TeamError } from './errors.ts'
import { parseSpec } from './parse-spec.ts'
import type { Spec } from './spec.ts'
import { badSpec, decodeSpec, specBytesMax } from './spec-text.ts'

/**
 * The spec in a file. No more than the limit is read, and a pipe or device is refused rather than waited for.
 *
 * @throws TeamError `NO_SUCH_SPEC`, `UNREADABLE`, `BAD_SPEC`.
 */
export async function readSpec(path: string, options: { readonly signal?: AbortSignal } = {}): Promise<Spec> {
  options.signal?.throwIfAborted()
  const bytes = await readBytes(path).catch((cause: unknown) => {
    throw fileError(path, cause)
  })
  options.signal?.throwIfAborted()
  return parseSpec(decodeSpec(bytes, path))
}

async function readBytes(path: string): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const found = await file.stat()
    if (!found.isFile())
      throw badSpec('not-a-file', `cannot use ${path}: it is not a file`, 'name a Markdown file', path)
    const bytes = new Uint8Array(specBytesMax + 1)
    let length = 0
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, null)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return bytes.subarray(0, length)
  } finally {
    await file.close()
  }
}

function fileError(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || !('code' in cause) || cause instanceof TeamError) return cause
  if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') {
    const hint = 'name the Markdown file that says what is to be done'
    return new TeamError('NO_SUCH_SPEC', `there is no file ${path}`, { details: { path }, hint, cause })
  }
  const details = { path, reason: String(cause.code) }
  const hint = 'make the file readable for this user (ls -l shows its owner and mode)'
  return new TeamError('UNREADABLE', `cannot read ${path}: ${details.reason}`, { details, hint, cause })
}
