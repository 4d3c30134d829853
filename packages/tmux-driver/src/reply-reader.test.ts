import { describe, expect, it } from 'vitest'
import { LineSplitter } from './line-splitter.ts'
import { type Block, ReplyReader } from './reply-reader.ts'

interface Seen {
  replies: (readonly Block[])[]
  notifications: string[]
  foreign: Block[]
}

/** Reads `chunks` as the answers to requests with these fences, in order. */
function read(chunks: readonly Buffer[], fences: readonly (string | undefined)[], ended = false): Seen {
  const seen: Seen = { replies: [], notifications: [], foreign: [] }
  const splitter = new LineSplitter()
  const reader = new ReplyReader({
    fence: () => fences[seen.replies.length],
    reply: (blocks) => seen.replies.push(blocks),
    notification: (line) => seen.notifications.push(line),
    foreign: (block) => seen.foreign.push(block),
  })
  for (const chunk of chunks) for (const line of splitter.push(chunk)) reader.push(line)
  if (ended) reader.end()
  return seen
}

const bytes = (...lines: string[]): Buffer[] => [Buffer.from(lines.map((line) => `${line}\n`).join(''))]
const ok = (...lines: string[]): Block => ({ lines, failed: false })

describe('replies', () => {
  it('match their requests in order, and one error among them shifts no other', () => {
    const stream = bytes(
      ...['%begin 1 10 1', 'a', '%end 1 10 1'],
      ...['%begin 1 11 1', "can't find pane: %9", '%error 1 11 1'],
      ...['%begin 1 12 1', '%end 1 12 1'],
    )
    expect(read(stream, []).replies).toEqual([
      [ok('a')],
      [{ lines: ["can't find pane: %9"], failed: true }],
      [ok()],
    ])
  })

  it('do not begin with the blocks of the command line or of hooks', () => {
    const stream = bytes('%begin 1 1 0', 'x', '%error 1 1 0', '%begin 1 2 1', '%end 1 2 1')
    expect(read(stream, [])).toMatchObject({ replies: [[ok()]], foreign: [{ lines: ['x'], failed: true }] })
  })

  it('leave notifications and stray lines out', () => {
    const stream = bytes('%window-add @1', 'stray', '%begin 1 2 1', 'a', '%end 1 2 1', '%exit')
    expect(read(stream, [])).toMatchObject({
      replies: [[ok('a')]],
      notifications: ['%window-add @1', '%exit'],
    })
  })

  it('keep lines that only resemble the end of their block', () => {
    const inside = ['%end 1 2 0', '%end 1 3 1', '%error 1 2', '%begin 1 2 1', '%exit', '%pause %1']
    expect(read(bytes('%begin 1 2 1', ...inside, '%end 1 2 1'), []).replies).toEqual([[ok(...inside)]])
  })
})

const screen = [
  '$ printf',
  '%end 7 20 1',
  '%begin 7 21 1',
  'fence-?',
  '%end 7 21 1',
  '%error 7 20 1',
  '日本 👩‍💻',
  '',
]
const fenced = bytes(
  ...['%begin 7 20 1', ...screen, '%end 7 20 1'],
  ...['%window-add @3', '%begin 7 21 0', 'hook', '%end 7 21 0'],
  ...['%begin 7 22 1', '3 4 0 0', '%end 7 22 1'],
  ...['%begin 7 23 1', 'fence-1', '%end 7 23 1'],
  ...['%begin 7 24 1', 'next', '%end 7 24 1'],
)

describe('fenced replies', () => {
  it('hold a screen that imitates the protocol as it is', () => {
    expect(read(fenced, ['fence-1'])).toEqual({
      replies: [[ok(...screen), ok('3 4 0 0')], [ok('next')]],
      notifications: ['%window-add @3'],
      foreign: [ok('hook')],
    })
  })

  it('are the same wherever the stream is cut', () => {
    const whole = Buffer.concat(fenced)
    const expected = read(fenced, ['fence-1'])
    for (let cut = 0; cut <= whole.length; cut += 1) {
      expect(read([whole.subarray(0, cut), whole.subarray(cut)], ['fence-1'])).toEqual(expected)
    }
    const single = [...whole].map((byte) => Buffer.from([byte]))
    expect(read(single, ['fence-1'])).toEqual(expected)
  })

  it('take none, one or many blocks', () => {
    const fence = (n: number): string[] => [`%begin 1 9${n} 1`, `f${n}`, `%end 1 9${n} 1`]
    const stream = bytes(
      ...fence(1),
      ...['%begin 1 2 1', '%end 1 2 1', '%begin 1 3 1', 'nested', '%end 1 3 1', ...fence(2)],
      ...['%begin 1 4 1', 'no', '%error 1 4 1', ...fence(3)],
    )
    expect(read(stream, ['f1', 'f2', 'f3']).replies).toEqual([
      [],
      [ok(), ok('nested')],
      [{ lines: ['no'], failed: true }],
    ])
  })

  it('that never end still tell why the server refused', () => {
    const stream = bytes('%begin 1 1 0', 'duplicate session', '%error 1 1 0', '%exit')
    expect(read(stream, ['f1'], true)).toMatchObject({
      replies: [],
      foreign: [{ lines: ['duplicate session'], failed: true }],
      notifications: ['%exit'],
    })
  })
})
