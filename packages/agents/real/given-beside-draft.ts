import { expect } from 'vitest'
import { type Agent, messageOf, waitFor } from './agent.ts'
import type { Room } from './room.ts'
import { watchedIo } from './watched-io.ts'

/** A message for an agent at work, in whose box a person has begun to write: once at the model, without a key, and the draft stays. */
export async function givenBesideDraft(room: Room, agent: Agent): Promise<void> {
  await room.tmux.type(agent.pane, 'half a thought')
  const isThere = async (): Promise<boolean> => (await agent.boxText()) === 'half a thought'
  await waitFor(() => 'the draft', isThere, { describe: () => agent.screen() })
  const io = watchedIo(room.tmux)
  const message = messageOf('two lines\nand "quotes" \\ as well')
  expect(await agent.deliver(message, { tmux: io }), await agent.screen()).toMatchObject({
    status: 'submitted',
  })
  expect(await agent.deliver(message, { tmux: io })).toMatchObject({ status: 'submitted' })
  await agent.atModel(message.token)
  const [arrival, ...others] = agent.arrivals(message.token)
  expect([arrival, others]).toEqual([expect.stringContaining(message.text), []])
  await agent.until(['idle'])
  expect(await isThere()).toBe(true)
  expect([io.pastes, io.presses]).toEqual([[], []])
  const late = await agent.deliver(messageOf('and this'), { tmux: io })
  expect(late).toMatchObject({ status: 'refused', reason: 'draft' })
  await room.tmux.keys(agent.pane, 'C-u')
  await agent.submit(messageOf('and this one goes through'))
}
