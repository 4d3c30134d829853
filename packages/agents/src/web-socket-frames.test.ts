import { describe, expect, it } from 'vitest'
import { encodeFrame, FrameReader } from './web-socket-frames.ts'

/** What a server makes of a client's frame. */
function unmasked(frame: Buffer): { readonly opcode: number; readonly body: Buffer } {
  const [first = 0, second = 0] = frame
  expect([first & 0x80, second & 0x80], 'whole and masked').toEqual([0x80, 0x80])
  const short = second & 0x7f
  const at = short === 127 ? 10 : short === 126 ? 4 : 2
  const mask = frame.subarray(at, at + 4)
  const body = frame.subarray(at + 4).map((byte, index) => byte ^ (mask[index % 4] ?? 0))
  const told =
    short === 127 ? Number(frame.readBigUInt64BE(2)) : short === 126 ? frame.readUInt16BE(2) : short
  expect(body).toHaveLength(told)
  return { opcode: first & 0x0f, body: Buffer.from(body) }
}

/** A server's frame. */
function served(first: number, body: Buffer): Buffer {
  const length = Buffer.alloc(9)
  length[0] = 127
  length.writeBigUInt64BE(BigInt(body.length), 1)
  const short =
    body.length < 126
      ? Buffer.from([body.length])
      : body.length < 65_536
        ? Buffer.from([126, body.length >> 8, body.length & 0xff])
        : length
  return Buffer.concat([Buffer.from([first]), short, body])
}

describe('a frame', () => {
  it.each([0, 1, 125, 126, 65_535, 65_536, 200_000])('of %i bytes is read by a server as it was', (bytes) => {
    const body = Buffer.alloc(bytes, 'aé')
    expect(unmasked(encodeFrame('text', body))).toEqual({ opcode: 1, body })
  })

  it('is masked otherwise each time', () => {
    const body = Buffer.from('x'.repeat(64))
    expect(encodeFrame('text', body).equals(encodeFrame('text', body))).toBe(false)
  })
})

describe('what comes', () => {
  it.each([0, 125, 126, 65_535, 65_536])('in a frame of %i bytes is read, also piece by piece', (bytes) => {
    const text = 'y'.repeat(bytes)
    const frame = served(0x81, Buffer.from(text))
    expect(new FrameReader().push(frame)).toEqual([{ kind: 'text', text }])
    const reader = new FrameReader()
    const middle = Math.floor(frame.length / 2)
    expect(reader.push(frame.subarray(0, middle))).toEqual([])
    expect(reader.push(frame.subarray(middle))).toEqual([{ kind: 'text', text }])
  })

  it('byte by byte is whole at the last of them', () => {
    const reader = new FrameReader()
    const frame = served(0x81, Buffer.from('é'))
    const frames = [...frame].map((byte) => reader.push(Buffer.from([byte])))
    expect(frames.slice(0, -1).flat()).toEqual([])
    expect(frames.at(-1)).toEqual([{ kind: 'text', text: 'é' }])
  })

  it('in parts, with a ping between them, is one text', () => {
    const frames = Buffer.concat([
      served(0x01, Buffer.from('one ')),
      served(0x89, Buffer.from('?')),
      served(0x80, Buffer.from('two')),
      served(0x88, Buffer.alloc(0)),
    ])
    expect(new FrameReader().push(frames)).toEqual([
      { kind: 'ping', payload: Buffer.from('?') },
      { kind: 'text', text: 'one two' },
      { kind: 'close' },
    ])
  })

  it('is refused when it would be longer than anybody sends', () => {
    const head = Buffer.alloc(10)
    head[0] = 0x81
    head[1] = 127
    head.writeBigUInt64BE(2n ** 40n, 2)
    expect(() => new FrameReader().push(head)).toThrow(RangeError)
  })
})
