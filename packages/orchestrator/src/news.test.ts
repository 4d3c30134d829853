import { expect, it } from 'vitest'
import { isNewsTo } from './news.ts'

const event = (kind: string, subject: string, data: object = {}) => ({
  kind,
  subject,
  data: JSON.stringify(data),
})

it.each([
  event('report:added', 'dev1', { kind: 'progress' }),
  event('task:state', 't1', { from: 'open', to: 'taken', by: 'dev1' }),
  event('merge:conflicted', 'dev1'),
  event('verify:finished', 'shop-abcd', { exitCode: 1 }),
])('what others did is news: %j', (one) => {
  expect(isNewsTo('dev2', one)).toBe(true)
  expect(isNewsTo('dev1', one)).toBe(one.kind === 'verify:finished')
})

it.each([
  ...['submitted', 'refused', 'unknown', 'dead'].map((state) => event(`message:${state}`, 'dev1')),
  event('check-in:skipped', 'dev1'),
  event('schedule:added', 'dev1'),
  event('permission:asked', 'dev1'),
  event('limit:seen', 'dev1'),
])('what was said to others, or waits for a human, is none: %j', (one) => {
  expect(isNewsTo('dev2', one)).toBe(false)
})
