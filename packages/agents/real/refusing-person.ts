import { setTimeout as sleep } from 'node:timers/promises'
import type { Agent } from './agent.ts'
import type { Room } from './room.ts'

/** A person who says no to each dialog after a while, until they are sent home. */
export interface RefusingPerson {
  readonly refused: () => number
  leave(): Promise<void>
}

export function seatRefusingPerson(room: Room, agent: Agent): RefusingPerson {
  let isHere = true
  let refused = 0
  const work = async (): Promise<void> => {
    while (isHere) {
      await sleep(30)
      if (!(await agent.isAsking())) continue
      await sleep(300 + Math.random() * 700)
      await room.tmux.keys(agent.pane, 'Escape')
      refused += 1
      const pressedAt = performance.now()
      // a second Escape too soon would stop what comes after the dialog
      while ((await agent.isAsking()) && performance.now() - pressedAt < 3_000) await sleep(30)
    }
  }
  const working = work()
  // told by leave(); a test that failed before ends the server under this person
  working.catch(() => undefined)
  return {
    refused: () => refused,
    leave: async () => {
      isHere = false
      await working
    },
  }
}
