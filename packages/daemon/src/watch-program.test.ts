import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { watchProgram } from './watch-program.ts'

let folder: string
let file: string
let events: string[]
let watch: { stop(): void }
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-program-'))
  file = join(folder, 'verb.js')
  writeFileSync(file, '')
  events = []
})
afterEach(() => {
  watch.stop()
  rmSync(folder, { recursive: true, force: true })
})

const start = (patienceMs: number): void => {
  watch = watchProgram({
    file,
    log: ({ event }) => events.push(String(event)),
    gone: (which) => events.push(which),
    patienceMs,
    intervalMs: 2,
  })
}

it('tells once that a program is gone, after it has been for so long', async () => {
  start(30)
  rmSync(file)
  await expect.poll(() => events).toEqual(['program:gone', file])
})

it('waits for one that an upgrade puts there again', async () => {
  start(600_000)
  rmSync(file)
  await expect.poll(() => events).toEqual(['program:gone'])
  writeFileSync(file, '')
  await expect.poll(() => events).toEqual(['program:gone', 'program:back'])
  rmSync(file)
  await expect.poll(() => events).toEqual(['program:gone', 'program:back', 'program:gone'])
})

it('does not take for gone what cannot be looked at', async () => {
  rmSync(file)
  symlinkSync(file, file)
  start(0)
  const other = join(folder, 'other.js')
  const after = watchProgram({
    file: other,
    log: () => {},
    gone: (which) => events.push(which),
    patienceMs: 0,
    intervalMs: 20,
  })
  await expect.poll(() => events).toEqual([other])
  after.stop()
})
