import { createHash } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type PaneId, sanitizeText, type Tmux } from '../src/index.ts'
import { startReceiver } from './receiver.ts'
import { seededRandom } from './seeded-random.ts'
import { openWorkRoom, type WorkRoom } from './work-room.ts'

let room: WorkRoom
let tmux: Tmux

beforeAll(async () => {
  room = await openWorkRoom()
  tmux = room.tmux
})

afterAll(() => room[Symbol.asyncDispose]())

const parts = [
  '\n',
  '\t',
  '\r',
  '\u001b[201~',
  '\u0003',
  ';',
  '\\;',
  '"',
  "'",
  '#{pid}',
  '$HOME',
  '~',
  'é',
  '日本',
  '👩‍💻',
  ' ',
  '\u007f',
]

it('any argument arrives in the server unchanged, control characters and all', async () => {
  const path = join(room.directory, 'saved')
  const text = fc
    .oneof(
      fc.string({ unit: 'binary', minLength: 1 }),
      fc.string({ unit: fc.constantFrom(...parts, '\u0001', '\u009b', '{', '}', '-'), minLength: 1 }),
    )
    .map((value) => Buffer.from(value.replaceAll('\0', '0')).toString())
  await fc.assert(
    fc.asyncProperty(text, async (value) => {
      await tmux.raw(['set-buffer', '-b', 'saved', '--', value])
      await tmux.raw(['save-buffer', '-b', 'saved', path])
      expect(await readFile(path, 'utf8')).toBe(value)
    }),
    { numRuns: 500 },
  )
})

/** `bytes` long, the same for a seed, with characters of one to eleven bytes. */
function textOf(seed: number, bytes: number): string {
  const next = seededRandom(seed)
  let text = ''
  let left = bytes
  while (left > 0) {
    const part =
      next() < 0.3 ? (parts[Math.floor(next() * parts.length)] ?? '') : 'word '.repeat(1 + next() * 20)
    const taken = Buffer.byteLength(part) <= left ? part : 'x'.repeat(left)
    text += taken
    left -= Buffer.byteLength(taken)
  }
  return text
}

/** From one byte to a megabyte, as often below as above a thousand. */
const size = fc
  .integer({ min: 0, max: 2000 })
  .map((power) => Math.min(1_000_000, Math.floor(2 ** (power / 100))))

interface Sink {
  readonly pane: PaneId
  readonly path: string
  /** Bytes that were there before. */
  from: number
}

async function startSink(name: string, bracketed: boolean): Promise<Sink> {
  const { directory, work } = room
  const { pane } = await startReceiver(tmux, { session: work.session, directory, name, bracketed })
  return { pane, path: join(directory, name), from: 0 }
}

const hash = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex')

/** What has arrived since, once it is this many bytes. */
async function arrived(sink: Sink, length: number): Promise<Buffer> {
  const file = await open(sink.path)
  try {
    await expect
      .poll(async () => (await file.stat()).size, { timeout: 30_000, interval: 5 })
      .toBe(sink.from + length)
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, sink.from)
    sink.from += length
    return buffer
  } finally {
    await file.close()
  }
}

it('any text that is pasted arrives byte for byte, plain and as a marked paste, from a byte to a megabyte', async () => {
  const sinks = { plain: await startSink('plain', false), marked: await startSink('marked', true) }
  const sample = fc.record({
    seed: fc.nat(),
    size,
    kind: fc.constantFrom('plain', 'marked'),
    isExact: fc.boolean(),
  })
  const check = async (o: {
    seed: number
    size: number
    kind: 'plain' | 'marked'
    isExact: boolean
  }): Promise<void> => {
    const text = textOf(o.seed, o.size)
    const sink = sinks[o.kind]
    const isMarked = o.kind === 'marked' && !o.isExact
    await tmux.paste(sink.pane, text, { sanitize: !o.isExact, bracketed: !o.isExact })
    const content = o.isExact ? text : sanitizeText(text)
    const expected = isMarked && content !== '' ? `\u001b[200~${content}\u001b[201~` : content
    const got = await arrived(sink, Buffer.byteLength(expected))
    expect(hash(got)).toBe(hash(expected))
  }
  for (const kind of ['plain', 'marked'] as const) {
    for (const edge of [1, 4095, 4096, 4097, 1_000_000])
      await check({ seed: edge, size: edge, kind, isExact: kind === 'plain' })
  }
  await fc.assert(fc.asyncProperty(sample, check), { numRuns: 100 })
})

it('a hundred pastes at once into a hundred panes each reach their own', async () => {
  const names = Array.from({ length: 100 }, (_, n) => `many-${n}`)
  const sinks: Sink[] = []
  for (const name of names) sinks.push(await startSink(name, false))
  const texts = names.map((name, n) => `${name} `.repeat(n % 10 === 0 ? 5000 : 5))
  await Promise.all(sinks.map(({ pane }, n) => tmux.paste(pane, texts[n] ?? '')))
  for (const [n, sink] of sinks.entries()) {
    const text = texts[n] ?? ''
    expect((await arrived(sink, Buffer.byteLength(text))).toString()).toBe(text)
  }
  expect((await tmux.raw(['list-buffers'])).lines.filter((line) => !line.startsWith('saved'))).toEqual([])
})
