import { randomBytes } from 'node:crypto'

/** What came over a WebSocket. */
export type Frame =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'ping'; readonly payload: Buffer }
  | { readonly kind: 'close' }

const opcodes = { continuation: 0, text: 1, close: 8, ping: 9, pong: 10 } as const
/** More than a program says in one message of those that are asked of it. */
const messageBytesMax = 16 * 1024 * 1024

/** One frame as a client sends it: whole, and masked by bytes of chance (RFC 6455, section 5). */
export function encodeFrame(kind: 'text' | 'pong' | 'close', payload: Buffer): Buffer {
  const mask = randomBytes(4)
  const body = Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)))
  return Buffer.concat([Buffer.from([0x80 | opcodes[kind]]), lengthOf(payload.length), mask, body])
}

function lengthOf(bytes: number): Buffer {
  if (bytes < 126) return Buffer.from([0x80 | bytes])
  if (bytes < 65_536) return Buffer.from([0x80 | 126, bytes >> 8, bytes & 0xff])
  const long = Buffer.alloc(9)
  long[0] = 0x80 | 127
  long.writeBigUInt64BE(BigInt(bytes), 1)
  return long
}

/** Puts together what comes in pieces. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0)
  #text: Buffer[] = []

  /**
   * The messages that are whole by now.
   *
   * @throws RangeError when one is longer than anybody would send
   */
  push(chunk: Buffer): readonly Frame[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const frames: Frame[] = []
    for (let head = parseHead(this.#rest); head; head = parseHead(this.#rest)) {
      const body = this.#rest.subarray(head.at, head.at + head.bytes)
      this.#rest = this.#rest.subarray(head.at + head.bytes)
      const frame = this.#take(head, body)
      if (frame) frames.push(frame)
    }
    return frames
  }

  #take({ opcode, isFinal }: Head, body: Buffer): Frame | undefined {
    if (opcode === opcodes.ping) return { kind: 'ping', payload: Buffer.from(body) }
    if (opcode === opcodes.close) return { kind: 'close' }
    if (opcode !== opcodes.text && opcode !== opcodes.continuation) return undefined
    this.#text.push(body)
    if (!isFinal) return undefined
    const text = Buffer.concat(this.#text).toString('utf8')
    this.#text = []
    return { kind: 'text', text }
  }
}

interface Head {
  readonly opcode: number
  readonly isFinal: boolean
  readonly at: number
  readonly bytes: number
}

/** The head of the first frame, once all of the frame is there. A server masks nothing. */
function parseHead(buffer: Buffer): Head | undefined {
  const [first = 0, second = 0] = buffer
  const short = second & 0x7f
  const at = short === 127 ? 10 : short === 126 ? 4 : 2
  if (buffer.length < at) return undefined
  const bytes =
    short === 127 ? Number(buffer.readBigUInt64BE(2)) : short === 126 ? buffer.readUInt16BE(2) : short
  if (bytes > messageBytesMax) throw new RangeError(`a message of ${bytes} bytes`)
  if (buffer.length < at + bytes) return undefined
  return { opcode: first & 0x0f, isFinal: (first & 0x80) !== 0, at, bytes }
}
