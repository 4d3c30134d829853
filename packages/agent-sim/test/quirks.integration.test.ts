import { afterEach, beforeEach, expect, test } from 'vitest'
import { SimRoom, until } from './sim-room.ts'

let room: SimRoom
beforeEach(async () => {
  room = await SimRoom.open()
})
afterEach(() => room.close())

test('a draft that somebody began stands in the box, and what is pasted is merged with it', async () => {
  const sim = await room.start({ args: ['--draft', 'my own thoughts '] })
  await room.ready(sim)
  await room.untilScreen(sim, '> my own thoughts')
  expect(await room.userTexts(sim)).toEqual([])
  await room.paste(sim, 'and yours')
  await room.untilScreen(sim, 'my own thoughts and yours')
  await room.keys(sim, 'Enter')
  await until('both', async () => (await room.userTexts(sim)).includes('my own thoughts and yours'))
})

test('as many Enters are lost as it was told, and the text stays until then', async () => {
  const sim = await room.start({ args: ['--swallow-enters', '2'] })
  await room.ready(sim)
  await room.paste(sim, 'hello')
  await room.untilScreen(sim, '> hello')
  for (const key of ['Enter', 'Enter']) await room.keys(sim, key)
  await room.keys(sim, '-l', '!')
  await room.untilScreen(sim, '> hello!')
  expect(await room.userTexts(sim)).toEqual([])
  await room.keys(sim, 'Enter')
  await until('the message', async () => (await room.userTexts(sim)).includes('hello!'))
})

test('a dialog opens with the first paste, swallows it, and an Enter behind it would approve', async () => {
  const sim = await room.start({ args: ['--dialog-on-paste', 'rm -rf build'] })
  await room.ready(sim)
  await room.paste(sim, 'hello')
  await room.untilScreen(sim, 'Do you want to proceed?')
  await room.untilStatus(sim, 'waiting')
  await room.keys(sim, 'Enter')
  await room.untilStatus(sim, 'idle')
  expect(await room.lines(sim)).toContainEqual(
    expect.objectContaining({ name: 'permission', detail: 'approved: rm -rf build' }),
  )
  expect(await room.userTexts(sim)).toEqual([])
  await room.paste(sim, 'again')
  await room.untilScreen(sim, '> again')
})
