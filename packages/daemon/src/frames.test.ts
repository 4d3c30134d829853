import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame, FrameDecoder, maxFrameBytes } from './frames.ts'

describe('frames', () => {
  it('come out as they went in, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 10 }),
        fc.array(fc.nat(40), { minLength: 1 }),
        (values, cuts) => {
          const bytes = Buffer.from(values.map((value) => encodeFrame(value)).join(''))
          const decoder = new FrameDecoder()
          const lines: string[] = []
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const length = (cuts[turn % cuts.length] ?? 0) + 1
            lines.push(...decoder.push(bytes.subarray(at, at + length)))
            at += length
          }
          expect(lines.map((line) => JSON.parse(line))).toEqual(
            values.map((value) => JSON.parse(JSON.stringify(value))),
          )
        },
      ),
    )
  })

  it('may be as long as the limit and not a byte longer', () => {
    const longest = Buffer.alloc(maxFrameBytes, 'x')
    expect(new FrameDecoder().push(Buffer.concat([longest, Buffer.from('\n')]))).toHaveLength(1)
    const decoder = new FrameDecoder()
    decoder.push(longest)
    expect(() => decoder.push(Buffer.from('x'))).toThrow(/longer than/)
  })

  it('skip empty lines', () => {
    expect(new FrameDecoder().push(Buffer.from('\n\n1\n \n2\n3'))).toEqual(['1', '2'])
  })
})
