import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ClaudeTally } from './claude-usage.ts'
import { RolloutTally } from './codex-rollout.ts'
import { LineTallies, type Tally } from './line-tallies.ts'

const fixtures = new URL('../fixtures/', import.meta.url)
const transcript = readFileSync(new URL('claude/transcript-errors.jsonl', fixtures))
const rollout = readFileSync(new URL('codex/transcript-errors.jsonl', fixtures))

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-tally-'))
  path = join(folder, 'file.jsonl')
})
afterEach(() => rmSync(folder, { recursive: true }))

/** The figures of all lines that are whole. */
function whole<T>(tally: Tally<T>, content: Buffer): T | undefined {
  const text = content.subarray(0, content.lastIndexOf(0x0a) + 1).toString('utf8')
  for (const line of text.split('\n')) tally.add(line)
  return tally.result()
}

function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % below
  }
}

describe.each([
  ['a transcript of Claude Code', () => new ClaudeTally(), transcript],
  ['a rollout of Codex', () => new RolloutTally(), rollout],
] as const)('%s', (_name, create, content) => {
  it.each([1, 2, 3, 4])(
    'gives the figures of the whole, however it was written, cut off and replaced: seed %d',
    async (seed) => {
      const pick = random(seed)
      const tallies = new LineTallies<unknown>(create)
      writeFileSync(path, '')
      let written = 0
      for (let step = 0; step < 60; step += 1) {
        const what = pick(10)
        const upTo = pick(content.length + 1)
        if (what === 0) {
          written = Math.min(written, upTo)
          truncateSync(path, written)
        } else if (what === 1) {
          writeFileSync(`${path}.new`, content.subarray(0, upTo))
          renameSync(`${path}.new`, path)
          written = upTo
        } else {
          const end = Math.min(content.length, written + pick(4_000))
          appendFileSync(path, content.subarray(written, end))
          written = end
        }
        if (pick(3) === 0) continue
        expect(await tallies.read(path), `step ${step}`).toEqual(whole<unknown>(create(), readFileSync(path)))
      }
    },
  )
})

/** Of each line its length. */
class Lengths implements Tally<readonly number[]> {
  readonly #lengths: number[] = []

  add(line: string): void {
    this.#lengths.push(line.length)
  }

  result(): readonly number[] {
    return [...this.#lengths]
  }
}

describe('a file of lines', () => {
  const read = (tallies: LineTallies<readonly number[]>) => tallies.read(path)

  it('that was written anew in its place is added up anew, also when it is longer', async () => {
    const tallies = new LineTallies(() => new Lengths())
    writeFileSync(path, 'a\nbb\n')
    expect(await read(tallies)).toEqual([1, 2])
    writeFileSync(path, 'ccc\nd\neeee\n')
    expect(await read(tallies)).toEqual([3, 1, 4])
  })

  it('is read once for those who ask at the same time, and again for what was added since', async () => {
    const tallies = new LineTallies(() => new Lengths())
    writeFileSync(path, 'a\n'.repeat(100_000))
    const asked = [read(tallies), read(tallies)]
    appendFileSync(path, 'bb\n')
    asked.push(read(tallies))
    expect((await Promise.all(asked)).at(-1)).toHaveLength(100_001)
  })

  it('may hold lines of any length, of which those over 16 MiB are left out', async () => {
    const tallies = new LineTallies(() => new Lengths())
    const long = 'é'.repeat(1_000_000)
    writeFileSync(path, `a\n${long}\n${'x'.repeat(17_000_000)}\nbb\n${'y'.repeat(17_000_000)}`)
    expect(await read(tallies)).toEqual([1, 1_000_000, 2])
    appendFileSync(path, '\nccc\n')
    expect(await read(tallies)).toEqual([1, 1_000_000, 2, 3])
  })

  it('that is not there, or is none, tells nothing', async () => {
    const tallies = new LineTallies(() => new Lengths())
    expect(await read(tallies)).toBeUndefined()
    expect(await tallies.read(folder)).toBeUndefined()
    writeFileSync(path, 'a\n')
    expect(await read(tallies)).toEqual([1])
    rmSync(path)
    expect(await read(tallies)).toBeUndefined()
  })
})
