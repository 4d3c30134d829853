import { DaemonError } from './errors.ts'

/** No frame, of either side, is longer. */
export const maxFrameBytes: number = 8 * 1024 * 1024

/** One JSON value as one line. */
export function encodeFrame(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}

/** Cuts a byte stream into lines, however it arrives; empty lines are skipped. */
export class FrameDecoder {
  #parts: Buffer[] = []
  #bytes = 0

  /**
   * The lines that `chunk` completes.
   *
   * @throws DaemonError FRAME_TOO_LARGE when a line passes the limit; nothing more can be read from that stream
   */
  push(chunk: Buffer): string[] {
    const lines: string[] = []
    let start = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      const line = this.#complete(chunk, start, end)
      start = end + 1
      if (line.trim() !== '') lines.push(line)
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start))
    return lines
  }

  #complete(chunk: Buffer, start: number, end: number): string {
    // Nearly every line comes in one piece, and is read where it lies.
    if (this.#bytes === 0 && end - start <= maxFrameBytes) return chunk.toString('utf8', start, end)
    this.#keep(chunk.subarray(start, end))
    const line = Buffer.concat(this.#parts, this.#bytes).toString('utf8')
    this.#parts = []
    this.#bytes = 0
    return line
  }

  #keep(part: Buffer): void {
    this.#bytes += part.length
    if (this.#bytes > maxFrameBytes) {
      throw new DaemonError('FRAME_TOO_LARGE', `a frame is longer than ${maxFrameBytes} bytes`)
    }
    this.#parts.push(part)
  }
}
