import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { VerbRequest, VerbResult } from '@tmux-orchestrator/orchestrator'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogEntry } from './log-file.ts'
import { parseSpooledVerb } from './parse-verb.ts'
import { Spool } from './spool.ts'

let folder: string
let spool: Spool | undefined
const logged: LogEntry[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-spool-'))
  mkdirSync(join(folder, 'bad'))
  logged.length = 0
})
afterEach(async () => {
  await spool?.close()
  rmSync(folder, { recursive: true, force: true })
})

const file = (id: string, agent: string): string =>
  JSON.stringify({ version: 1, id, argv: ['report', id], cwd: '/', agent, token: 't', at: 1 })

function keep(id: string, agent = 'a/b'): void {
  writeFileSync(join(folder, `${id}.json`), file(id, agent))
}

function open(verb: (request: VerbRequest) => Promise<VerbResult>): Spool {
  spool = new Spool({ folder, badFolder: join(folder, 'bad'), verb, log: (entry) => logged.push(entry) })
  return spool
}

const done = { stdout: '', stderr: '', exitCode: 0 }
const left = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.json'))

describe('the spool', () => {
  it('gives verbs in the order of their ids, each once, and a refused one as well', async () => {
    for (const id of ['0003-three', '0001-one', '0002-two']) keep(id)
    const seen: string[] = []
    await open(async ({ id }) => {
      seen.push(id)
      return { ...done, exitCode: seen.length === 2 ? 1 : 0 }
    }).replay()
    expect(seen).toEqual(['0001-one', '0002-two', '0003-three'])
    expect(left()).toEqual([])
    expect(logged.map(({ level, exitCode }) => [level, exitCode])).toEqual([
      ['info', 0],
      ['warn', 1],
      ['info', 0],
    ])
  })

  it('keeps what could not take effect, and later verbs of that agent behind it, while others go on', async () => {
    keep('0001-first', 'a/one')
    keep('0002-later', 'a/one')
    keep('0003-other', 'a/two')
    let isBroken = true
    const seen: string[] = []
    const replay = open(async ({ id }) => {
      if (isBroken && id === '0001-first') throw new Error('the disk is full')
      seen.push(id)
      return done
    })
    await replay.replay()
    expect(seen).toEqual(['0003-other'])
    expect(left()).toEqual(['0001-first.json', '0002-later.json'])
    isBroken = false
    await replay.replay()
    expect(seen).toEqual(['0003-other', '0001-first', '0002-later'])
    expect(replay.replayed).toBe(3)
  })

  it('sets aside, and does not destroy, what fails every time', async () => {
    keep('0001-poison')
    const replay = open(async () => {
      throw new Error('always')
    })
    for (let pass = 0; pass < 20; pass += 1) await replay.replay()
    expect(left()).toEqual([])
    expect(readdirSync(join(folder, 'bad'))).toEqual(['0001-poison.json'])
  })

  it('leaves files alone that are still being written', async () => {
    writeFileSync(join(folder, '.0001-half'), '{')
    await open(async () => done).replay()
    expect(readdirSync(folder)).toContain('.0001-half')
    expect(logged).toEqual([])
  })
})

describe('a file of the spool', () => {
  it('is a verb only when it is whole', () => {
    const whole = { ...JSON.parse(file('0001-whole', 'a/b')) }
    expect(parseSpooledVerb(JSON.stringify(whole))).toMatchObject({
      id: '0001-whole',
      as: { agent: 'a/b', token: 't' },
    })
    for (const key of ['id', 'argv', 'cwd', 'agent', 'token', 'at']) {
      expect(parseSpooledVerb(JSON.stringify({ ...whole, [key]: undefined }))).toBeUndefined()
    }
    for (const odd of [{ id: '../../etc' }, { argv: [1] }, { at: 'now' }, { stdin: 7 }]) {
      expect(parseSpooledVerb(JSON.stringify({ ...whole, ...odd }))).toBeUndefined()
    }
    for (const text of ['null', '1', '"x"', '[]']) expect(parseSpooledVerb(text)).toBeUndefined()
  })
})
