import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { LogFile } from './log-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-log-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

it('begins a new file at its limit, keeps three old ones, and loses no line of those', () => {
  const log = new LogFile(join(folder, 'daemon.log'), { maxBytes: 1_000 })
  for (let index = 0; index < 100; index += 1)
    log.write({ level: 'info', event: 'tick', index, padding: 'x'.repeat(30) })
  log.close()
  const names = readdirSync(folder).sort()
  expect(names).toEqual(['daemon.log', 'daemon.log.1', 'daemon.log.2', 'daemon.log.3'])
  const order = ['daemon.log.3', 'daemon.log.2', 'daemon.log.1', 'daemon.log']
  const lines = order.flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
  const kept = lines.map((line): number => JSON.parse(line).index)
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 100 - kept.length + index))
  for (const name of names) expect(readFileSync(join(folder, name)).length).toBeLessThanOrEqual(1_000)
})

it('goes on where the last daemon stopped', () => {
  for (const event of ['one', 'two']) {
    const log = new LogFile(join(folder, 'daemon.log'))
    log.write({ level: 'info', event })
    log.close()
  }
  expect(readFileSync(join(folder, 'daemon.log'), 'utf8').trim().split('\n')).toHaveLength(2)
})

it('counts lines that a full disk does not take, and goes on', () => {
  const log = new LogFile('/dev/full')
  log.write({ level: 'error', event: 'gone' })
  log.write({ level: 'error', event: 'gone' })
  expect(log.lost).toBe(2)
  log.close()
})
