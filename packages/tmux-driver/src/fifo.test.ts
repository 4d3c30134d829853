import { expect, it } from 'vitest'
import { Fifo } from './fifo.ts'

it('gives back thousands in order, also while more come', () => {
  const fifo = new Fifo<number>()
  const out: (number | undefined)[] = []
  for (let n = 0; n < 5000; n += 1) {
    fifo.push(n)
    if (n % 3 !== 0) out.push(fifo.shift())
  }
  expect(fifo.toArray()).toHaveLength(fifo.size)
  while (fifo.size > 0) out.push(fifo.shift())
  expect(out).toEqual(Array.from({ length: 5000 }, (_, n) => n))
  expect([fifo.shift(), fifo.first, fifo.size]).toEqual([undefined, undefined, 0])
})
