import { expect, it } from 'vitest'
import { ownersOf } from './owners-of.ts'
import { parentOf, processStart } from './process-state.ts'

it('a process is told by its start and its parent', () => {
  expect(processStart(process.pid)).toMatch(/^\d+$/)
  expect(parentOf(process.pid)).toBe(process.ppid)
  expect(processStart(0)).toBeUndefined()
})

it('the file of a process belongs to it or to who started it, and to nobody else', () => {
  expect(ownersOf(`${process.pid}.json`, [process.ppid, 1])).toEqual([process.ppid])
  expect(ownersOf('1.json', [process.pid])).toEqual([])
})

it('without /proc, as on macOS, neither is known, and a file may be anybody’s', () => {
  const nowhere = '/nowhere/proc'
  expect([processStart(process.pid, nowhere), parentOf(process.pid, nowhere)]).toEqual([undefined, undefined])
  expect(ownersOf('1.json', [process.pid, 7], nowhere)).toEqual([process.pid, 7])
})
