import { expect, it } from 'vitest'
import { DueLooks, sweepMs } from './due-looks.ts'

function build() {
  const room = { count: 0, now: 0 }
  const looks = new DueLooks({ countOf: () => room.count }, () => room.now)
  const look = (print = 'pane') => {
    looks.begin('a', print)
    looks.end('a')
  }
  return { room, looks, look }
}

it('asks for a look at who was never looked at, and then no more', () => {
  const { looks, look } = build()
  expect(looks.isDue('a', 'pane')).toBe(true)
  look()
  expect(looks.isDue('a', 'pane')).toBe(false)
})

it('asks for one when something was heard, also in the midst of the last', () => {
  const { room, looks, look } = build()
  look()
  room.count += 1
  expect(looks.isDue('a', 'pane')).toBe(true)
  looks.begin('a', 'pane')
  room.count += 1
  looks.end('a')
  expect(looks.isDue('a', 'pane')).toBe(true)
})

it('asks for one when the pane changed', () => {
  const { looks, look } = build()
  look()
  expect(looks.isDue('a', 'another pane')).toBe(true)
})

it('asks again after a while, for what was not heard', () => {
  const { room, looks, look } = build()
  look()
  room.now += sweepMs - 1
  expect(looks.isDue('a', 'pane')).toBe(false)
  room.now += 1
  expect(looks.isDue('a', 'pane')).toBe(true)
})

it('asks again after a look that failed or left something open, and after the agent was forgotten', () => {
  const { looks, look } = build()
  looks.begin('a', 'pane')
  expect(looks.isDue('a', 'pane')).toBe(true)
  look()
  looks.forget('a')
  expect(looks.isDue('a', 'pane')).toBe(true)
})
