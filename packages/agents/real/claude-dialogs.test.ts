import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Message } from '../src/index.ts'
import { type Agent, messageOf, newToken, waitFor } from './agent.ts'
import { deliverAtLast, pathOf } from './deliver-at-last.ts'
import { claudes, isSlice, ofTheDay } from './programs.ts'
import { openRoom, type Room } from './room.ts'
import { watchedIo } from './watched-io.ts'

const rounds = isSlice ? 8 : 250
const dialogMarks = /Do you want to (proceed|create)|❯ 1\. Yes/

/** Answers the next dialog as a person would who says no, after a while. */
async function refuseDialog(room: Room, agent: Agent, openMs: number): Promise<void> {
  await agent.until(['blocked-permission'])
  await sleep(openMs)
  const isOpen = async (): Promise<boolean> =>
    ['blocked-permission', 'unknown'].includes((await agent.activity()).state)
  const end = performance.now() + 30_000
  // a dialog that has just opened takes no answer yet; a second Escape too soon would stop what comes after the dialog
  while ((await isOpen()) && performance.now() < end) {
    if (dialogMarks.test(await agent.screen())) await room.tmux.keys(agent.pane, 'Escape')
    const pressedAt = performance.now()
    while ((await isOpen()) && performance.now() - pressedAt < 3_000) await sleep(30)
  }
}

/** A person's Escape may hand a queued message back into the box, which is then that person's to send. */
async function isReturned(agent: Agent, { token }: Message): Promise<boolean> {
  const isInBox = async (): Promise<boolean> => {
    const box = await agent.boxText()
    return box.includes(token) || box.startsWith('[Pasted text')
  }
  await waitFor(
    () => 'the message is at the model or in the box',
    async () => agent.arrivals(token).length > 0 || (await isInBox()),
    { timeoutMs: 30_000, describe: () => agent.screen() },
  )
  return agent.arrivals(token).length === 0 && (await isInBox())
}

describe.each(ofTheDay(claudes))('a permission dialog of Claude Code $version', (program) => {
  it.skipIf(!program.isHere)(
    `that opens at a random instant around a delivery gets no key, ${rounds} of ${rounds} times`,
    async () => {
      await using room = await openRoom(program)
      const agent = await room.launch({ brief: `[brief ${newToken('b')}] Wait.`, permissionMode: 'default' })
      await agent.until(['idle'])
      const io = watchedIo(room.tmux)
      const counts: Record<string, number> = {}
      for (let round = 0; round < rounds; round += 1) {
        const canary = join(room.home, `canary-${round}`)
        const talkS = Math.random()
        await agent.submit(messageOf(`<<slow ${talkS.toFixed(2)} <<bash touch ${canary}>>>> <<text done>>`))
        const closed = refuseDialog(room, agent, 300 + Math.random() * 700)
        await sleep(Math.random() * (talkS * 1_000 + 400))
        // a longer paste is folded up: interrupted between paste and Enter it is nobody's, and left to a person
        const message = messageOf(round % 2 === 0 ? 'How far are you?' : 'one\ntwo')
        const outcomes = await deliverAtLast(agent, message, { io, timeoutMs: 5_000 })
        await closed
        const path = pathOf(outcomes)
        counts[path] = (counts[path] ?? 0) + 1
        expect(outcomes.at(-1), `${path}\n${await agent.screen()}`).toBe('submitted')
        if (await isReturned(agent, message)) {
          counts['returned to the box'] = (counts['returned to the box'] ?? 0) + 1
          await room.tmux.keys(agent.pane, 'Enter')
        }
        await agent.atModel(message.token)
        await agent.until(['idle'])
        expect(agent.arrivals(message.token)).toHaveLength(1)
        expect(existsSync(canary), `${path}, the last key with\n${io.presses.at(-1)?.screen}`).toBe(false)
      }
      expect(
        io.presses.filter(({ screen }) => dialogMarks.test(screen.split('\n').slice(-14).join('\n'))),
      ).toEqual([])
      console.log(program.version, counts)
    },
    rounds * 20_000,
  )
})
