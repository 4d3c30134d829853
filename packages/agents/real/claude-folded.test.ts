import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PaneIo } from '../src/index.ts'
import { type Agent, messageOf, newToken, waitFor } from './agent.ts'
import { claudes, ofTheDay } from './programs.ts'
import { openRoom, type Room } from './room.ts'
import { watchedIo } from './watched-io.ts'

const lines = (word: string): string =>
  Array.from({ length: 20 }, (_, index) => `${word} ${index}`).join('\n')

async function boxIs(agent: Agent, form: RegExp): Promise<string> {
  let box = ''
  await waitFor(
    () => `${form} in the box`,
    async () => {
      box = await agent.boxText()
      return form.test(box)
    },
    { describe: () => agent.screen() },
  )
  return box
}

/** As a person does, again when it does not show: 2.1.197 loses what is pasted as its first turn ends. */
async function pasteByHand(room: Room, agent: Agent): Promise<string> {
  let looks = 0
  await waitFor(
    () => 'a folded paste in the box',
    async () => {
      if (looks % 100 === 0) await room.tmux.paste(agent.pane, lines('mine'), { bracketed: true })
      looks += 1
      return /^\[Pasted text/.test(await agent.boxText())
    },
    { describe: () => agent.screen() },
  )
  return boxIs(agent, /^\[Pasted text/)
}

async function empty(room: Room, agent: Agent): Promise<void> {
  await room.tmux.keys(agent.pane, 'C-u')
  await boxIs(agent, /^$/)
}

/** The connection of a delivery that looks at nothing more, once it has seen its folded message, until a dialog is open. */
function lateIo(room: Room, agent: Agent): ReturnType<typeof watchedIo> {
  const io = watchedIo(room.tmux)
  let isSeen = false
  const late: Partial<PaneIo> = {
    list: async (options) => {
      if (isSeen) await agent.until(['blocked-permission'])
      return io.list(options)
    },
    capture: async (pane, options) => {
      const look = await io.capture(pane, options)
      isSeen ||= look.text.includes('[Pasted text #') && io.pastes.length > 0
      return look
    },
  }
  return { ...io, ...late }
}

describe.each(ofTheDay(claudes))('a folded paste in the box of Claude Code $version', (program) => {
  const numbers = program.version !== '2.1.197'

  it.skipIf(!program.isHere)('has a number that no later one has', async () => {
    await using room = await openRoom(program)
    const agent = await room.launch({ brief: `[brief ${newToken('b')}] Wait.`, permissionMode: 'default' })
    await agent.until(['idle'])
    const numbering = await room.adapter.pasteNumbering?.(agent.handle)
    expect(numbering !== undefined).toBe(numbers)
    const seen: string[] = []
    for (let round = 0; round < 3; round += 1) {
      seen.push(await pasteByHand(room, agent))
      await empty(room, agent)
    }
    await agent.submit(messageOf(lines('ours')))
    await agent.until(['idle'])
    seen.push(await pasteByHand(room, agent))
    expect(new Set(seen).size, seen.join()).toBe(4)
    expect(await room.adapter.pasteNumbering?.(agent.handle)).toBe(numbering)
  })

  it.skipIf(!program.isHere)(
    'is sent with Enter alone where it is ours and a dialog cut it off, and never where it is not',
    async () => {
      await using room = await openRoom(program)
      const agent = await room.launch({ brief: `[brief ${newToken('b')}] Wait.`, permissionMode: 'default' })
      await agent.until(['idle'])
      for (const isReplaced of [false, true]) {
        const canary = join(room.home, 'canary')
        await agent.submit(messageOf(`<<slow 3 <<bash touch ${canary}>>>> <<text done>>`))
        const message = messageOf(lines('ours'))
        const cut = await agent.deliver(message, { tmux: lateIo(room, agent) })
        expect(cut).toMatchObject({ status: 'unknown' })
        await waitFor(
          () => 'the dialog',
          async () => /❯ 1\. Yes/.test(await agent.screen()),
        )
        await room.tmux.keys(agent.pane, 'Escape')
        await agent.until(['idle'])
        await boxIs(agent, /^\[Pasted text/)
        if (isReplaced) {
          await empty(room, agent)
          await pasteByHand(room, agent)
        }
        const io = watchedIo(room.tmux)
        const delivery = await agent.deliver(message, { tmux: io })
        const isOurs = numbers && !isReplaced
        expect(delivery).toMatchObject(
          isOurs ? { status: 'submitted' } : { status: 'refused', reason: 'draft' },
        )
        expect([io.pastes, io.presses.length]).toEqual([[], isOurs ? 1 : 0])
        if (isOurs) await agent.atModel(message.token)
        else await empty(room, agent)
        await agent.until(['idle'])
        expect(agent.arrivals(message.token)).toHaveLength(isOurs ? 1 : 0)
      }
    },
  )
})
