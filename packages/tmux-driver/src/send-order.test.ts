import { expect, it } from 'vitest'
import { parsePaneId } from './ids.ts'
import { SendOrder } from './send-order.ts'

const pane = parsePaneId('%1')

it('begins what follows what has to be prepared after it, and what comes to another pane at once', async () => {
  const order = new SendOrder()
  const begun: string[] = []
  const note = (name: string) => async () => void begun.push(name)
  let prepared: () => void = () => undefined
  const needed = new Promise<void>((resolve) => {
    prepared = resolve
  })
  const first = order.next(pane, note('first'), needed)
  const second = order.next(pane, note('second'))
  await order.next(parsePaneId('%2'), note('elsewhere'))
  prepared()
  await Promise.all([first, second])
  expect(begun).toEqual(['elsewhere', 'first', 'second'])
})

it('is at once again after a function that throws', async () => {
  const order = new SendOrder()
  const failing = order.next(
    pane,
    () => {
      throw new TypeError('at once')
    },
    Promise.resolve(),
  )
  await expect(failing).rejects.toThrow('at once')
  let isBegun = false
  void order.next(pane, async () => {
    isBegun = true
  })
  expect(isBegun).toBe(true)
})
