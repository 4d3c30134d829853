import { expect, it } from 'vitest'
import { formatInstant } from './format-instant.ts'

const now = Date.parse('2026-10-24T22:30:00Z')

it('tells the time of a place, its name, and how long that is', () => {
  const iso = '2026-10-25T00:40:00Z'
  expect(formatInstant(iso, { now, timeZone: 'UTC' })).toBe('2026-10-25 00:40 (UTC), in 2 h 10 m')
  expect(formatInstant(iso, { now, timeZone: 'Europe/Berlin' })).toBe(
    '2026-10-25 02:40 (Europe/Berlin), in 2 h 10 m',
  )
})

it('keeps apart the two hours of a changed clock by how long they are', () => {
  const clock = { now, timeZone: 'Europe/Berlin' }
  expect(formatInstant('2026-10-25T01:40:00Z', clock)).toBe('2026-10-25 02:40 (Europe/Berlin), in 3 h 10 m')
})

it('says of the past that it has passed', () => {
  expect(formatInstant('2026-10-24T22:00:00Z', { now, timeZone: 'UTC' })).toBe(
    '2026-10-24 22:00 (UTC), 30 m 00 s ago',
  )
})
