import { afterEach, beforeEach, expect, it } from 'vitest'
import { type EngineRoom, engineRoom, id } from './engine-room.ts'
import { plannedAgent } from './temporary-ledger.ts'

const patience = { timeout: 60_000, interval: 20 }
const names = ['dev1', 'dev2', 'dev3']
let room: EngineRoom
beforeEach(async () => {
  room = await engineRoom()
})
afterEach(() => room[Symbol.asyncDispose]())

/** A team whose program proves nothing, so that each message to it is unknown; it is looked at twice a second. */
async function startTeam(): Promise<void> {
  await room.start(3, {
    agents: names.map((name) =>
      plannedAgent(name, { worktree: `${room.folder}/home/worktrees/${name}`, checkInMs: 500 }),
    ),
  })
  for (const name of names) {
    await expect.poll(() => room.screen(name), patience).toContain('This is the end of the brief')
    const { agents, conversations } = await room.desired()
    const own = agents.find((row) => row.name === name)?.conversation_id
    const token = conversations.find((row) => row.id === own)?.token
    await room.verb(name, 'report', 'progress', `I have the brief ${token}`)
  }
}

async function checkIns(): Promise<{ readonly sent: number; readonly skipped: Record<string, number> }> {
  const { events } = await room.ledger.query('events', { after: 0, limit: 5_000, stream: id })
  const skips = events.filter(({ kind }) => kind === 'check-in:skipped')
  const own = names.map((name): [string, number] => [
    name,
    skips.filter(({ subject, data }) => subject === name && JSON.stringify(data).includes('nothing new'))
      .length,
  ])
  const { count } = await room.store.db
    .selectFrom('message')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('sender', '=', 'check-in')
    .executeTakeFirstOrThrow()
  return { sent: Number(count), skipped: Object.fromEntries(own) }
}

async function untilQuiet(rounds: number): Promise<number> {
  const before = (await checkIns()).skipped
  await expect
    .poll(async () => {
      const { skipped } = await checkIns()
      return Math.min(...names.map((name) => (skipped[name] ?? 0) - (before[name] ?? 0)))
    }, patience)
    .toBeGreaterThanOrEqual(rounds)
  return (await checkIns()).sent
}

it('agents are woken by what others did, each at most once, and never by each other’s check-ins', async () => {
  await startTeam()
  const first = await untilQuiet(3)
  await room.verb('dev1', 'report', 'progress', 'half of it')
  await expect.poll(async () => (await checkIns()).sent, patience).toBe(first + 2)
  expect(await untilQuiet(5)).toBe(first + 2)
})
