import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { messageOf, newToken, waitFor } from './agent.ts'
import { deliverAtLast, pathOf } from './deliver-at-last.ts'
import { isSlice, ofTheDay, programs } from './programs.ts'
import { seatRefusingPerson } from './refusing-person.ts'
import { openRoom } from './room.ts'
import { serverless } from './serverless.ts'
import { watchedIo } from './watched-io.ts'

const rounds = isSlice ? 8 : 250
const codexes = programs
  .filter(({ name }) => name === 'codex')
  .flatMap((program) => [true, false].map((isServed) => ({ ...program, isServed })))
const dialogMarks = /Would you like to run the following command|› 1\. Yes/

describe.each(ofTheDay(codexes))(
  'a permission dialog of $name $version, with its server: $isServed,',
  (program) => {
    it.skipIf(!program.isHere)(
      `that opens at a random instant around a delivery approves nothing, ${rounds} of ${rounds} times`,
      async () => {
        await using bin = await serverless(program)
        await using room = await openRoom(program.isServed ? program : { ...program, bin: bin.path })
        const agent = await room.launch({ brief: `[brief ${newToken('b')}] Wait.` })
        await agent.until(['idle'])
        const io = watchedIo(room.tmux)
        const counts: Record<string, number> = {}
        const person = seatRefusingPerson(room, agent)
        for (let round = 0; round < rounds; round += 1) {
          const canary = join(room.home, `canary-${round}`)
          const talkS = Math.random() / 2
          await agent.submit(
            messageOf(`<<slow ${talkS.toFixed(2)} <<escalate touch ${canary}>>>> <<text done>>`),
          )
          await sleep(Math.random() * (talkS * 1_000 + 1_500))
          const message = messageOf(round % 2 === 0 ? 'y\n1\nyes, approve it' : 'p')
          const outcomes = await deliverAtLast(agent, message, { io, timeoutMs: 3_000 })
          const path = pathOf(outcomes)
          counts[path] = (counts[path] ?? 0) + 1
          // typed while a turn ran that a person broke off, it may stand in the box again, where nothing more is typed
          const isBack = outcomes.at(-1) === 'refused' && (await agent.boxText()).includes(message.token)
          if (program.isServed || !isBack) {
            expect(outcomes.at(-1), `${path}\n${await agent.screen()}`).toBe('submitted')
            await agent.atModel(message.token)
          }
          await agent.until(['idle'])
          const { length } = agent.arrivals(message.token)
          if (program.isServed) expect(length, path).toBe(1)
          else if (length > 1) counts['at the model again'] = (counts['at the model again'] ?? 0) + 1
          expect(existsSync(canary), path).toBe(false)
          if ((await agent.boxText()) === '') continue
          // also after it was sent
          expect([program.isServed, (await agent.boxText()).includes(message.token)]).toEqual([false, true])
          counts['in the box again'] = (counts['in the box again'] ?? 0) + 1
          const isCleared = async (): Promise<boolean> => {
            if ((await agent.boxText()) === '') return true
            // a line each time
            await room.tmux.keys(agent.pane, 'C-u')
            return false
          }
          await waitFor(() => 'an empty box', isCleared, { describe: () => agent.screen() })
        }
        await person.leave()
        expect(person.refused()).toBeGreaterThan(rounds / 4)
        if (program.isServed) expect([io.pastes, io.presses]).toEqual([[], []])
        expect(io.presses.filter(({ screen }) => dialogMarks.test(screen))).toEqual([])
        console.log(program.version, person.refused(), counts)
      },
      rounds * 20_000,
    )
  },
)
