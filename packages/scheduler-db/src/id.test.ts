import { expect, test } from 'vitest'
import { newId } from './id.ts'

test('ids are UUIDs of version 7 that carry the time', () => {
  const now = Date.parse('2040-01-01T00:00:00Z')
  const id = newId(now)
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(now)
})

test('ids rise and are unique, also many in one millisecond and when the clock steps back', () => {
  const base = Date.parse('2041-01-01T00:00:00Z')
  const ids = Array.from({ length: 20_000 }, (_, index) => newId(base - (index % 7)))
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.toSorted()).toEqual(ids)
})
