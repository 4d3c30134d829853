import { expect, test } from 'vitest'
import { SerialQueue } from './serial-queue.ts'
import { Slots } from './slots.ts'

test('a queue runs one after another and outlives a failure', async () => {
  const queue = new SerialQueue()
  const seen: string[] = []
  const first = queue.run(async () => {
    await Promise.resolve()
    seen.push('first')
    throw new RangeError('first failed')
  })
  const second = queue.run(async () => seen.push('second'))
  await expect(first).rejects.toThrow('first failed')
  await second
  expect(seen).toEqual(['first', 'second'])
})

test('slots let only so many run at once, and a failure gives its slot back', async () => {
  const slots = new Slots(2)
  let running = 0
  let most = 0
  const work = Array.from({ length: 7 }, (_, index) =>
    slots.run(async () => {
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setImmediate(resolve))
      running -= 1
      if (index === 1) throw new RangeError('one failed')
    }),
  )
  const ends = await Promise.allSettled(work)
  expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(1)
  expect(most).toBe(2)
})
