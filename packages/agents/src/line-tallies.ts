import { type FileHandle, open } from 'node:fs/promises'

/** Adds up the lines of a file. */
export interface Tally<T> {
  add(line: string): void
  /** `undefined`: the lines tell nothing. */
  result(): T | undefined
}

interface Progress<T> {
  readonly identity: string
  readonly tally: Tally<T>
  /** Bytes whose lines are counted. */
  offset: number
  /** The last of them. */
  mark: Buffer
}

/** Some milliseconds of parsing; others have their turn before the next. */
const chunkBytes = 131_072
const markBytes = 256
const rememberedMax = 256
/** A longer line is not looked at. */
const lineBytesMax = 16_777_216

/**
 * Adds up growing files of lines, of any size, without holding up the process: each time what was added since, a chunk
 * at a time. A file that was cut off or replaced is added up anew; a last line without its end waits for the next time.
 */
export class LineTallies<T> {
  readonly #create: () => Tally<T>
  readonly #known: Map<string, Progress<T>> = new Map()
  readonly #running: Map<string, Promise<unknown>> = new Map()

  constructor(create: () => Tally<T>) {
    this.#create = create
  }

  /** `undefined` also where there is no such file, or it cannot be read. */
  async read(path: string): Promise<T | undefined> {
    // one after another: what two count at once would count twice
    const before = this.#running.get(path) ?? Promise.resolve()
    const reading = before.then(() => this.#advance(path))
    const settled = reading.catch(() => undefined)
    this.#running.set(path, settled)
    try {
      return await reading
    } catch (error) {
      if (error instanceof Error && 'code' in error) return undefined
      throw error
    } finally {
      if (this.#running.get(path) === settled) this.#running.delete(path)
    }
  }

  async #advance(path: string): Promise<T | undefined> {
    const file = await open(path, 'r')
    try {
      const { dev, ino, size } = await file.stat({ bigint: true })
      const identity = `${dev}:${ino}`
      const known = this.#known.get(path)
      const isSame =
        known?.identity === identity &&
        size >= known.offset &&
        (await endsWith(file, known.offset, known.mark))
      const progress =
        known && isSame ? known : { identity, tally: this.#create(), offset: 0, mark: Buffer.alloc(0) }
      this.#remember(path, progress)
      await addLines(file, progress)
      return progress.tally.result()
    } finally {
      await file.close()
    }
  }

  #remember(path: string, progress: Progress<T>): void {
    this.#known.delete(path)
    this.#known.set(path, progress)
    const oldest = this.#known.keys().next().value
    if (this.#known.size > rememberedMax && oldest !== undefined) this.#known.delete(oldest)
  }
}

/** Whether these bytes stand right before the offset: a file may be written anew in its place. */
async function endsWith(file: FileHandle, offset: number, mark: Buffer): Promise<boolean> {
  const { buffer } = await file.read(Buffer.alloc(mark.length), 0, mark.length, offset - mark.length)
  return buffer.equals(mark)
}

async function addLines<T>(file: FileHandle, progress: Progress<T>): Promise<void> {
  const begun = progress.offset
  const chunk = Buffer.allocUnsafe(chunkBytes)
  let at = begun
  /** What was read of a line whose end is not there yet; `undefined`: of a line that is too long. */
  let parts: Buffer[] | undefined = []
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, chunkBytes, at)
    if (bytesRead === 0) break
    let from = 0
    for (let end = chunk.indexOf(0x0a); end !== -1 && end < bytesRead; end = chunk.indexOf(0x0a, from)) {
      if (parts) progress.tally.add(textOf(parts, chunk.subarray(from, end)))
      from = end + 1
      parts = []
      progress.offset = at + from
    }
    at += bytesRead
    parts?.push(Buffer.from(chunk.subarray(from, bytesRead)))
    if (at - progress.offset > lineBytesMax) parts = undefined
  }
  if (progress.offset === begun) return
  const length = Math.min(markBytes, progress.offset)
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, progress.offset - length)
  progress.mark = buffer
}

function textOf(parts: readonly Buffer[], end: Buffer): string {
  return (parts.length === 0 ? end : Buffer.concat([...parts, end])).toString('utf8')
}
