import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineSplitter } from './line-splitter.ts'
import { type Block, ReplyReader } from './reply-reader.ts'

/** What was asked for when the streams were recorded: a request without a fence is `undefined`. */
const fences = [
  ...[undefined, 'secret-1', undefined, 'secret-2', 'secret-3', undefined, undefined],
  ...[
    'secret-4',
    'secret-5',
    'secret-6',
    'secret-7',
    'secret-8',
    'secret-9',
    'secret-10',
    'secret-11',
    undefined,
  ],
]

interface Seen {
  readonly replies: (readonly Block[])[]
  readonly notifications: string[]
  readonly foreign: Block[]
}

function read(chunks: readonly Buffer[]): Seen {
  const seen: Seen = { replies: [], notifications: [], foreign: [] }
  const splitter = new LineSplitter()
  const reader = new ReplyReader({
    fence: () => fences[seen.replies.length],
    reply: (blocks) => seen.replies.push(blocks),
    notification: (text) => seen.notifications.push(text),
    foreign: (one) => seen.foreign.push(one),
  })
  for (const chunk of chunks) for (const text of splitter.push(chunk)) reader.push(text)
  reader.end()
  return seen
}

const ok = (...lines: string[]): Block => ({ lines, failed: false })
const noPane: Block = { lines: ["can't find pane: %99"], failed: true }
const forged = [
  'é日本👩‍💻 first',
  '%end 1 2 1',
  '%exit',
  '%begin 1 2 1',
  '%error 1 2 1',
  '',
  '',
  '',
  '',
  '',
  '',
  '',
]

describe.each(['3.3a', '3.5a', '3.8'])('a stream of tmux %s', (version) => {
  const whole = readFileSync(new URL(`../fixtures/control-${version}.txt`, import.meta.url))
  const expected = read([whole])

  it('is read as what was asked and answered', () => {
    const { replies, notifications } = expected
    expect(replies).toHaveLength(fences.length)
    expect(replies.slice(0, 3)).toEqual([[ok('plain é日本👩‍💻')], [ok(...forged), ok('0 5')], [noPane]])
    expect(replies[4]).toEqual([ok('@1')])
    // Up to 3.7 what is told of the pause stands inside the reply.
    const isInside = version !== '3.8'
    expect(replies.slice(8, 10)).toEqual(
      ['%pause %0', '%continue %0'].map((line) => [isInside ? ok(line) : ok()]),
    )
    expect(notifications.includes('%pause %0')).toBe(!isInside)
    expect(replies[10]).toEqual([ok(), ok('a'), noPane])
    expect(replies.slice(11, 14)).toEqual([[ok()], [ok()], [ok('%0xumbenannt-éx')]])
    expect(notifications).toEqual(
      expect.arrayContaining(['%window-renamed @0 umbenannt-é', '%window-add @1']),
    )
    expect(notifications.at(-1)).toBe('%exit')
    expect(notifications.some((line) => /^%output %0 .*é日本👩‍💻/.test(line))).toBe(true)
  })

  it('is read the same when it is cut at any byte, and into single bytes', () => {
    for (let at = 0; at <= whole.length; at += 1) {
      expect(read([whole.subarray(0, at), whole.subarray(at)])).toEqual(expected)
    }
    expect(read([...whole].map((byte) => Buffer.from([byte])))).toEqual(expected)
  })

  it('is read the same however it is cut', () => {
    const places = fc.array(fc.nat(whole.length), { maxLength: 200 })
    fc.assert(
      fc.property(places, (at) => {
        const ends = [0, ...at.toSorted((a, b) => a - b), whole.length]
        const chunks = ends.slice(1).map((end, index) => whole.subarray(ends[index], end))
        expect(read(chunks)).toEqual(expected)
      }),
      { numRuns: 200 },
    )
  })
})
