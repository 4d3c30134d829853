import { open } from 'node:fs/promises'
import type { Presence } from './adapter.ts'
import { sizeOf } from './files.ts'

/** Whether a line of a transcript is input that holds the token. */
export type IsInput = (line: string, token: string) => boolean

interface Progress {
  /** Bytes that hold no such line. */
  offset: number
}

const chunkBytes = 1_048_576
const rememberedMax = 256

/**
 * Looks for a token in growing JSONL files. What was searched once is not read again, so that asking every few
 * milliseconds costs one `stat` while nothing is written.
 */
export class TokenSearch {
  readonly #isInput: IsInput
  readonly #progress = new Map<string, Progress>()

  constructor(isInput: IsInput) {
    this.#isInput = isInput
  }

  async find(path: string, token: string): Promise<Presence> {
    const key = `${token} ${path}`
    const progress = this.#progress.get(key) ?? { offset: 0 }
    const size = await sizeOf(path)
    if (size.status !== 'read') return size.status === 'absent' ? 'absent' : 'unknown'
    if (size.value < progress.offset) progress.offset = 0
    if (size.value === progress.offset) return 'absent'
    try {
      const isFound = await this.#scan(path, token, progress)
      this.#remember(key, progress)
      return isFound ? 'present' : 'absent'
    } catch (error) {
      if (error instanceof Error && 'code' in error) return 'unknown'
      throw error
    }
  }

  /** Reads whole lines from the offset on; a last line without its end waits for the next call. */
  async #scan(path: string, token: string, progress: Progress): Promise<boolean> {
    const file = await open(path, 'r')
    try {
      let rest: Buffer = Buffer.alloc(0)
      for (;;) {
        const { buffer, bytesRead } = await file.read(
          Buffer.alloc(chunkBytes),
          0,
          chunkBytes,
          progress.offset + rest.length,
        )
        if (bytesRead === 0) return false
        const chunk = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
        const end = chunk.lastIndexOf(0x0a) + 1
        if (this.#hasInput(chunk.subarray(0, end), token)) return true
        progress.offset += end
        rest = chunk.subarray(end)
      }
    } finally {
      await file.close()
    }
  }

  #hasInput(lines: Buffer, token: string): boolean {
    if (!lines.includes(token)) return false
    return lines
      .toString('utf8')
      .split('\n')
      .some((line) => line.includes(token) && this.#isInput(line, token))
  }

  #remember(key: string, progress: Progress): void {
    this.#progress.delete(key)
    this.#progress.set(key, progress)
    const oldest = this.#progress.keys().next().value
    if (this.#progress.size > rememberedMax && oldest !== undefined) this.#progress.delete(oldest)
  }
}
