import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LineSplitter } from './line-splitter.ts'
import { type Block, ReplyReader } from './reply-reader.ts'

/** A reply as a server sends it, and where it stands among other lines. */
interface Sent {
  readonly blocks: readonly Block[]
  readonly fence: string | undefined
}

interface Seen {
  readonly replies: (readonly Block[])[]
  readonly notifications: string[]
  readonly foreign: Block[]
}

const look = [
  '%end 7 1 1',
  '%end 7 2 1',
  '%error 7 2 1',
  '%begin 7 3 1',
  '%exit',
  '%pause %1',
  '%window-add @1',
  '',
]
const line = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...look),
    fc.string({ unit: fc.constantFrom('é', '日', '👩‍💻', '\u0000', '\u007f', 'a', '%') }),
  )
  .map((text) => Buffer.from(text.replaceAll('\n', '')).toString())
const block = fc.record({ lines: fc.array(line, { maxLength: 6 }), failed: fc.boolean() })
const notification = fc.constantFrom(
  '%sessions-changed',
  '%window-add @3',
  '%output %1 \\033[1mé',
  '%unlinked-window-close @1',
)
const reply = fc.record({
  blocks: fc.array(block, { minLength: 1, maxLength: 3 }),
  before: fc.array(notification, { maxLength: 2 }),
  hook: fc.option(block, { nil: undefined }),
  isFenced: fc.boolean(),
})
type Reply = typeof reply extends fc.Arbitrary<infer T> ? T : never

/** The bytes of these replies, with what they are to be read as. */
function encode(replies: readonly Reply[]): {
  bytes: Buffer
  sent: Sent[]
  notifications: string[]
  foreign: Block[]
} {
  const lines: string[] = []
  const sent: Sent[] = []
  const notifications: string[] = []
  const foreign: Block[] = []
  let number = 100
  const write = ({ lines: content, failed }: Block, flag: 0 | 1): void => {
    number += 1
    const stamp = `1795000000 ${number} ${flag}`
    lines.push(`%begin ${stamp}`, ...content, `%${failed ? 'error' : 'end'} ${stamp}`)
  }
  for (const { blocks, before, hook, isFenced } of replies) {
    lines.push(...before)
    notifications.push(...before)
    if (hook !== undefined) {
      write(hook, 0)
      foreign.push(hook)
    }
    const own = isFenced ? blocks : blocks.slice(0, 1)
    for (const one of own) write(one, 1)
    const fence = isFenced ? `secret-${number}` : undefined
    if (fence !== undefined) write({ lines: [fence], failed: false }, 1)
    sent.push({ blocks: own, fence })
  }
  return { bytes: Buffer.from(lines.map((each) => `${each}\n`).join('')), sent, notifications, foreign }
}

function read(chunks: Iterable<Buffer>, fences: readonly (string | undefined)[]): Seen {
  const seen: Seen = { replies: [], notifications: [], foreign: [] }
  const splitter = new LineSplitter()
  const reader = new ReplyReader({
    fence: () => fences[seen.replies.length],
    reply: (blocks) => seen.replies.push(blocks),
    notification: (text) => seen.notifications.push(text),
    foreign: (one) => seen.foreign.push(one),
  })
  for (const chunk of chunks) for (const text of splitter.push(chunk)) reader.push(text)
  return seen
}

/** `bytes` in pieces that end at these places; some of them are empty. */
function* cut(bytes: Buffer, places: readonly number[]): Generator<Buffer> {
  let from = 0
  for (const place of places.map((each) => each % (bytes.length + 1)).sort((a, b) => a - b)) {
    yield bytes.subarray(from, place)
    from = place
  }
  yield bytes.subarray(from)
}

const places = fc.array(fc.nat(), { maxLength: 40 })

it('any replies, with hooks and notifications between them, are read as they were sent, wherever the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(reply, { maxLength: 8 }), places, (replies, at) => {
      const { bytes, sent, notifications, foreign } = encode(replies)
      const seen = read(
        cut(bytes, at),
        sent.map((one) => one.fence),
      )
      expect(seen.replies).toEqual(sent.map((one) => one.blocks))
      expect(seen.notifications).toEqual(notifications)
      expect(seen.foreign).toEqual(foreign)
    }),
    { numRuns: 1000 },
  )
})

it('any bytes at all are cut into the same lines, wherever they are cut into chunks', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .array(fc.constantFrom(0x0a, 0xe6, 0x97, 0xa5, 0xf0, 0x9f, 0xff, 0x0d, 0x00, 0x41))
      .map((all) => Uint8Array.from(all)),
  )
  fc.assert(
    fc.property(bytes, places, (data, at) => {
      const whole = Buffer.from(data)
      const splitter = new LineSplitter()
      const lines = [...cut(whole, at)].flatMap((chunk) => splitter.push(chunk))
      const expected = whole.toString('latin1').split('\n').slice(0, -1)
      expect(lines).toEqual(expected.map((text) => Buffer.from(text, 'latin1').toString('utf8')))
    }),
    { numRuns: 2000 },
  )
})
