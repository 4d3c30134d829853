import { type AgentAdapter, judge } from '@tmux-orchestrator/agents'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { checkIn } from '../src/check-in.ts'
import { deliverClaimed } from '../src/deliveries.ts'
import type { Runtime } from '../src/runtime.ts'
import { type CommandsRoom, commandsRoom, id } from './commands-room.ts'

let room: CommandsRoom
let box = ''
let pastes: string[]
beforeEach(async () => {
  room = await commandsRoom()
  box = ''
  pastes = []
})
afterEach(() => room[Symbol.asyncDispose]())

/** An agent at rest that takes what it is given, and whose record never shows it. */
const forgetful: Partial<AgentAdapter> = {
  program: 'forgetful',
  proof: 'transcript',
  shells: [],
  activity: async () => judge([{ state: 'idle', source: 'status-file', at: 0 }]),
  findToken: async () => 'absent',
  readScreen: () => ({ kind: 'prompt', box }) as ReturnType<AgentAdapter['readScreen']>,
}

/** What of the engine deliveries and check-ins need, around that agent in a window of its own. */
function runtime(): Runtime {
  const row = {
    ...{ pane: '%7', command: 'node', dead: false, inMode: false, title: '', pid: process.pid },
    ...{ session: '$1', window: '@1', sessionName: 's', '@tmo_orchestration': id, '@tmo_agent': 'dev1' },
  }
  const tmux = {
    list: async () => [row],
    capture: async () => ({ text: box, inMode: false, dead: false }),
    paste: async (_pane: string, text: string) => {
      pastes.push(text)
      box = text
    },
    keys: async () => {
      box = ''
    },
  }
  const parts: Partial<Record<keyof Runtime, unknown>> = {
    ...{ ledger: room.ledger, now: room.now, owner: room.owner, folder: () => '/nowhere' },
    ...{ wake: () => undefined, log: () => undefined, signal: new AbortController().signal },
    ...{ adapter: () => forgetful, tmux: async () => tmux, runningTmux: async () => tmux },
  }
  return parts as Runtime
}

const claim = async () =>
  (await room.ledger.command('outbox.claim', { owner: room.owner, leaseMs: 60_000, limit: 64 })).deliveries

async function deliverDue(): Promise<number> {
  const deliveries = await claim()
  for (const delivery of deliveries) await deliverClaimed(runtime(), delivery)
  return deliveries.length
}

/** A message of an agent that was typed, and that nothing has proven since. */
async function leaveUnproven(): Promise<void> {
  await room.ledger.command('message.create', {
    ...{ id, targets: ['dev1'], sender: 'dev2', text: 'one', policy: 'retry', ttlMs: 60 * 60_000 },
  })
  const [delivery] = await claim()
  await room.ledger.command('message.settle', {
    outboxId: delivery?.outboxId ?? '',
    leaseToken: delivery?.leaseToken ?? 0,
    messageId: delivery?.message.id ?? '',
    ...{ state: 'unknown', reason: 'no proof', retryAt: room.now() + 3_000 },
  })
  room.pass(3_000)
}

it('a message that its agent takes and never shows is sent again once, and then looked for until it expires', async () => {
  await room.start()
  await leaveUnproven()
  for (let round = 0; round < 4; round += 1) {
    expect(await deliverDue()).toBe(1)
    room.pass(60_000)
  }
  expect(pastes).toHaveLength(1)
  expect(await room.messages()).toMatchObject([{ state: 'unknown' }])
  room.pass(60 * 60_000)
  expect(await deliverDue()).toBe(1)
  room.pass(60_000)
  expect(await deliverDue()).toBe(0)
  expect(pastes).toHaveLength(1)
}, 60_000)

it('what was read through the inbox is not sent again', async () => {
  await room.start()
  await leaveUnproven()
  await room.ledger.command('inbox.read', { id, name: 'dev1', limit: 10 })
  expect(await deliverDue()).toBe(1)
  expect(pastes).toEqual([])
})

it('nothing is sent again to a team that has ended', async () => {
  await room.start()
  await leaveUnproven()
  for (const state of ['running', 'integrating', 'completed'] as const)
    await room.ledger.command('orchestration.state', { id, state })
  expect(await deliverDue()).toBe(1)
  expect(pastes).toEqual([])
  expect(await room.messages()).toMatchObject([{ state: 'unknown' }])
})

it('what failed before a byte was typed is refused, and tried again as such', async () => {
  await room.start()
  await room.send(['dev1'])
  const [delivery] = await claim()
  const broken: Partial<Runtime> = {
    ...runtime(),
    adapter: () => {
      throw new Error('its rules cannot be read')
    },
  }
  if (delivery) await deliverClaimed(broken as Runtime, delivery)
  expect(await room.messages()).toMatchObject([
    { state: 'pending', reason: 'unknown-state: its rules cannot be read' },
  ])
})

it('a check-in wakes who has done its tasks and not reported, or has a conflict to resolve; and not who has handed in', async () => {
  const task = (name: string, owner: string) => ({
    ...{ id: name, title: name, body: '', files: [], dependsOn: [], owner },
  })
  await room.start({ tasks: [task('t1', 'dev1'), task('t2', 'dev2')] })
  const ask = async (): Promise<string> => {
    room.pass(1_000)
    await room.report('dev2', 'progress')
    return await checkIn(runtime(), id, 'dev1')
  }
  const last = async (): Promise<string | undefined> =>
    (await room.messages()).findLast(({ sender }) => sender === 'check-in')?.body
  expect(await ask()).toBe('sent')
  expect(await last()).toMatch(/^Still yours: t1 \(open\)\./)
  await room.ledger.command('task.set', { id, task: 't1', state: 'done', evidence: null, by: 'dev1' })
  expect(await ask()).toBe('sent')
  expect(await last()).toMatch(/^Still yours: your report that you are done\./)
  await room.report('dev1', 'done')
  await room.ledger.command('branch.state', { id, name: 'dev1', state: 'conflicted', cause: 'conflicts' })
  expect(await ask()).toBe('sent')
  expect(await last()).toMatch(/^Still yours: the conflict of your branch\./)
  await room.ledger.command('branch.state', { id, name: 'dev1', state: 'reported', cause: 'resolved' })
  expect(await ask()).toMatch(/^skipped: it (owes nothing|is not running)/)
})
