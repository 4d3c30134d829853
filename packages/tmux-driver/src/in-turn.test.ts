import { expect, it } from 'vitest'
import { inTurn } from './in-turn.ts'

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it('one step after another, also after one that failed, and those of another key meanwhile', async () => {
  const seen: string[] = []
  const step =
    (name: string, fails = false) =>
    async (): Promise<string> => {
      seen.push(`${name} begins`)
      await tick()
      seen.push(`${name} ends`)
      if (fails) throw new Error(name)
      return name
    }
  const all = [
    inTurn('k', step('a')),
    inTurn('k', step('b', true)),
    inTurn('other', step('x')),
    inTurn('k', step('c')),
  ]
  const outcomes = await Promise.allSettled(all)
  expect(outcomes.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
  expect(seen.filter((line) => !line.startsWith('x'))).toEqual(
    ['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]),
  )
  expect(seen.indexOf('x begins')).toBeLessThan(seen.indexOf('b begins'))
})

it('who is aborted while waiting gives the reason at once, and lets nobody past the one that still runs', async () => {
  let finish = (): void => undefined
  const first = inTurn('k', () => new Promise<void>((resolve) => (finish = resolve)))
  const stop = new AbortController()
  let ran = false
  const second = inTurn('k', async () => (ran = true), stop.signal)
  let third = false
  const last = inTurn('k', async () => (third = true))
  stop.abort(new Error('enough'))
  await expect(second).rejects.toThrow('enough')
  await tick()
  expect([ran, third]).toEqual([false, false])
  finish()
  await Promise.all([first, last])
  expect([ran, third]).toEqual([false, true])
  await expect(inTurn('k', tick, AbortSignal.abort(new Error('before')))).rejects.toThrow('before')
})
