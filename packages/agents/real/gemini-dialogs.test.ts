import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type AgentAdapter, deliver } from '../src/index.ts'
import { type Agent, messageOf, newToken, waitFor } from './agent.ts'
import { deliverAtLast, pathOf } from './deliver-at-last.ts'
import { isSlice, ofTheDay, programs } from './programs.ts'
import { seatRefusingPerson } from './refusing-person.ts'
import { openRoom, type Room } from './room.ts'
import { watchedIo } from './watched-io.ts'

const rounds = isSlice ? 8 : 250
/** Of the two that take long. */
const today = ofTheDay(['delivered', 'typed'])
const geminis = programs.filter(({ name }) => name === 'gemini')
const dialogMarks = /Allow execution of|● 1\. Allow once/

describe.each(geminis)('a permission dialog of $name $version', (program) => {
  it.skipIf(!program.isHere)(
    'opens once it is no longer held, and is not told before, but to the user’s own hooks',
    async () => {
      await using room = await openRoom(program)
      const told = join(room.home, 'told')
      await addHook(room, 'Notification', `cat >> ${told}`)
      const agent = await room.launch({ brief: `[brief ${newToken('b')}] Wait.`, permissionMode: 'default' })
      await agent.until(['idle'])
      const canary = join(room.home, 'canary')
      await agent.submit(messageOf(`<<slow 2 <<bash touch ${canary}>>>> <<text done>>`))
      const release = await room.adapter.hold?.(agent.handle)
      const isHeld = async (): Promise<boolean> => existsSync(join(agent.handle.stateDir, 'tools', 'looked'))
      expect(await isHeld()).toBe(false)
      await waitFor(() => 'the hook that holds', isHeld, { describe: () => agent.screen() })
      const heldAt = performance.now()
      while (performance.now() - heldAt < 3_000) {
        expect([await agent.isAsking(), await agent.permissions()], await agent.screen()).toEqual([false, []])
        expect((await agent.activity()).state).toBe('working')
        await sleep(30)
      }
      await release?.()
      await agent.until(['blocked-permission'])
      await waitFor(
        () => 'the dialog',
        () => agent.isAsking(),
        { describe: () => agent.screen() },
      )
      const isListed = async (): Promise<boolean> => (await agent.permissions()).length === 1
      await waitFor(() => 'the request', isListed)
      expect(await readFile(told, 'utf8')).toContain('"notification_type":"ToolPermission"')
      expect(existsSync(canary)).toBe(false)
    },
  )

  it.skipIf(!program.isHere || !today.includes('delivered'))(
    `that opens at a random instant around a delivery gets no key, ${rounds} of ${rounds} times`,
    async () => {
      await using room = await openRoom(program)
      const agent = await room.launch({ brief: `[brief ${newToken('b')}] Wait.`, permissionMode: 'default' })
      await agent.until(['idle'])
      const io = watchedIo(room.tmux)
      const counts: Record<string, number> = {}
      const person = seatRefusingPerson(room, agent)
      for (let round = 0; round < rounds; round += 1) {
        const canary = join(room.home, `canary-${round}`)
        const isBesideDraft = round % 4 === 3
        const talkS = Math.random() + (isBesideDraft ? 2 : 0)
        await agent.submit(messageOf(`<<slow ${talkS.toFixed(2)} <<bash touch ${canary}>>>> <<text done>>`))
        if (isBesideDraft) await room.tmux.type(agent.pane, 'half a thought')
        await sleep(Math.random() * (talkS * 1_000 + 1_500))
        const message = messageOf(round % 2 === 0 ? 'y\n1\nyes, approve it' : '1')
        const outcomes: string[] = []
        if (isBesideDraft) {
          outcomes.push((await agent.deliver(message, { tmux: io, timeoutMs: 6_000 })).status)
          await agent.until(['idle'])
          await emptyBox(room, agent)
        }
        outcomes.push(...(await deliverAtLast(agent, message, { io, timeoutMs: 3_000 })))
        const path = `${isBesideDraft ? 'beside a draft: ' : ''}${pathOf(outcomes)}`
        counts[path] = (counts[path] ?? 0) + 1
        expect(outcomes.at(-1), `${path}\n${await agent.screen()}`).toBe('submitted')
        await agent.atModel(message.token)
        await agent.until(['idle'])
        expect(agent.arrivals(message.token), path).toHaveLength(1)
        expect(existsSync(canary), path).toBe(false)
        expect(await agent.boxText()).toBe('')
      }
      await person.leave()
      expect(person.refused()).toBeGreaterThan(rounds / 4)
      expect(io.presses.filter(({ screen }) => dialogMarks.test(screen))).toEqual([])
      console.log(program.version, person.refused(), counts)
    },
    rounds * 20_000,
  )

  it.skipIf(!program.isHere || !today.includes('typed'))(
    `gets no key of a message that is typed while it works, ${rounds} of ${rounds} times`,
    async () => {
      await using room = await openRoom(program)
      const agent = await room.launch({ brief: `[brief ${newToken('b')}] Wait.`, permissionMode: 'default' })
      await agent.until(['idle'])
      const io = watchedIo(room.tmux)
      const person = seatRefusingPerson(room, agent)
      const counts: Record<string, number> = {}
      for (let round = 0; round < rounds; round += 1) {
        const canary = join(room.home, `canary-${round}`)
        const talkS = Math.random()
        await agent.submit(messageOf(`<<slow ${talkS.toFixed(2)} <<bash touch ${canary}>>>> <<text done>>`))
        await sleep(Math.random() * talkS * 1_000)
        const options = { tmux: io, adapter: typedIntoAtWork(room.adapter), handle: agent.handle }
        const { status } = await deliver({ ...options, message: messageOf('y'), timeoutMs: 3_000 })
        counts[status] = (counts[status] ?? 0) + 1
        await agent.until(['idle'])
        expect(existsSync(canary), await agent.screen()).toBe(false)
        // a queue that a person's Escape gives back
        await emptyBox(room, agent)
      }
      await person.leave()
      expect(io.presses.filter(({ screen }) => dialogMarks.test(screen))).toEqual([])
      console.log(program.version, person.refused(), io.presses.length, counts)
    },
    rounds * 20_000,
  )
})

/** A hook of the user's own. */
async function addHook(room: Room, event: string, command: string): Promise<void> {
  const path = join(room.home, '.gemini', 'settings.json')
  const settings: object = JSON.parse(await readFile(path, 'utf8'))
  const hooks = { [event]: [{ hooks: [{ type: 'command', command }] }] }
  await writeFile(path, JSON.stringify({ ...settings, hooks }))
}

/** As if the program showed what it is given while it works: its hold alone keeps keys out of a dialog. */
function typedIntoAtWork(adapter: AgentAdapter): AgentAdapter {
  return new Proxy(adapter, {
    get: (own, name) => {
      if (name === 'showsQueued') return true
      const value: unknown = Reflect.get(own, name)
      return typeof value === 'function' ? value.bind(own) : value
    },
  })
}

async function emptyBox(room: Room, agent: Agent): Promise<void> {
  const isEmpty = async (): Promise<boolean> => {
    if ((await agent.boxText()) === '') return true
    // a line each time, and the break before it
    await room.tmux.keys(agent.pane, 'C-u', 'BSpace')
    return false
  }
  await waitFor(() => 'an empty box', isEmpty, { describe: () => agent.screen() })
}
