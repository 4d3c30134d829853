import { expect, it } from 'vitest'
import { Cancellation } from './cancellation.ts'

it('tells whoever asks for the signal, before or after, the first reason alone', () => {
  const before = new Cancellation()
  const { signal } = before
  const heard: unknown[] = []
  signal.addEventListener('abort', () => heard.push(signal.reason))
  before.abort('first')
  before.abort('second')
  expect([heard, before.cause]).toEqual([['first'], { reason: 'first' }])

  const after = new Cancellation()
  expect(after.cause).toBeUndefined()
  after.abort('first')
  after.abort('second')
  expect([after.signal.aborted, after.signal.reason]).toEqual([true, 'first'])
  expect(after.signal).toBe(after.signal)
})
