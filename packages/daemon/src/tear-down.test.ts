import { expect, it } from 'vitest'
import { TearDown } from './tear-down.ts'

it('undoes in reverse, goes on after failures and hanging steps, and reports them', async () => {
  const order: string[] = []
  const undo = new TearDown()
  undo.defer('first', () => void order.push('first'))
  undo.defer('hanging', () => new Promise<void>(() => order.push('hanging')))
  undo.defer('broken', () => {
    order.push('broken')
    throw new Error('no')
  })
  const told: string[] = []
  const failures = await undo.run(30, ({ message }) => told.push(message))
  expect(order).toEqual(['broken', 'hanging', 'first'])
  expect(failures.map(({ message }) => message)).toEqual(['no', 'hanging did not end within 30 ms'])
  expect(told).toEqual(['no', 'hanging did not end within 30 ms'])
})
