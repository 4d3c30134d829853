const newline = 0x0a

/** Cuts a byte stream into lines of text, wherever its chunks are cut; a character is never torn. */
export class LineSplitter {
  readonly #encoding: 'utf8' | 'latin1'
  #rest: Buffer[] = []

  constructor(encoding: 'utf8' | 'latin1' = 'utf8') {
    this.#encoding = encoding
  }

  /** The lines that `chunk` completes, without their newline. */
  push(chunk: Buffer): readonly string[] {
    const end = chunk.lastIndexOf(newline)
    if (end < 0) {
      this.#rest.push(chunk)
      return []
    }
    const whole = Buffer.concat([...this.#rest, chunk.subarray(0, end)])
    this.#rest = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : []
    return whole.toString(this.#encoding).split('\n')
  }
}
