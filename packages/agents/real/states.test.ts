import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Activity, ActivityState } from '../src/index.ts'
import { type Agent, messageOf, waitFor } from './agent.ts'
import { programs, programsOfTheDay, type RealProgram } from './programs.ts'
import { openRoom, type Room } from './room.ts'
import { watchedIo } from './watched-io.ts'

/** Where a program stops at a failure: what the model does, and what the agent says of it. */
const ends: Readonly<Record<string, readonly (readonly [string, object])[]>> = {
  claude: [
    ['<<toolong>>', { error: 'context-full', detail: 'invalid_request' }],
    ['<<429 1>>', { error: 'rate-limit', detail: 'rate_limit' }],
    ['<<401>>', { error: 'authentication', detail: 'authentication_failed' }],
    ['<<403>>', { error: 'authentication', detail: 'authentication_failed' }],
    ['<<500>>', { error: 'server', detail: 'server_error' }],
    ['<<529>>', { error: 'overloaded', detail: 'server_error' }],
    ['<<credit>>', { error: 'credit', detail: 'billing_error' }],
    // a lost connection is a server error to it
    ['<<drop>>', { error: 'server', detail: 'server_error' }],
    [
      '<<raw 400 {"type":"error","error":{"type":"invalid_request_error","message":"odd"}}>>',
      { error: 'invalid-request', detail: 'unknown' },
    ],
    // in a conversation so long the older version compacts first, and says this on its screen alone
    ['<<toolong>>', { error: 'context-full' }],
  ],
  codex: [
    ['<<401>>', { error: 'authentication' }],
    ['<<403>>', { error: 'authentication' }],
    ['<<429 0>>', { error: 'rate-limit' }],
    ['<<500>>', { error: 'server' }],
    ['<<529>>', { error: 'overloaded' }],
    ['<<quota>>', { error: 'credit' }],
    ['<<credit>>', { error: 'credit' }],
    ['<<toolong>>', { error: 'context-full' }],
    ['<<drop>>', { error: 'network' }],
  ],
  opencode: [
    ['<<401>>', { error: 'authentication' }],
    ['<<403>>', { error: 'authentication' }],
    ['<<credit>>', { error: 'credit' }],
    ['<<raw 400 {"error":{"message":"odd","type":"invalid_request_error"}}>>', { error: 'invalid-request' }],
  ],
  gemini: [
    ['<<401>>', { error: 'authentication' }],
    ['<<403>>', { error: 'authentication' }],
    ['<<credit>>', { error: 'credit' }],
    ['<<toolong>>', { error: 'context-full' }],
  ],
}

interface Limit {
  /** What the model does about one that ends at an instant, in seconds. */
  readonly script: (endsAt: number) => string
  /** How much later the program may say that it ends: it counts from when it was told. */
  readonly laterMs: number
  readonly told?: object
}

/** Claude Code's own are in claude-states.test.ts. Codex and Gemini CLI tell the minute. */
const limits: Readonly<Record<string, Limit>> = {
  codex: { script: (endsAt) => `<<usage ${endsAt}>>`, laterMs: 0 },
  gemini: { script: (endsAt) => `<<limit ${endsAt} 1>>`, laterMs: 0 },
  opencode: {
    script: (endsAt) => `<<429 ${endsAt - Math.floor(Date.now() / 1_000)}>>`,
    laterMs: 60_000,
    told: { continuesItself: true },
  },
}
const never: Limit = { script: () => '', laterMs: 0 }
const limited = programs.filter(({ name }) => name in limits)

/** How a model asks the human something; Claude Code's own is in claude-states.test.ts. */
const questions: Readonly<Record<string, string>> = {
  opencode: `<<tool question ${JSON.stringify({
    questions: [
      {
        question: 'Which one?',
        header: 'Pick',
        options: ['A', 'B'].map((label) => ({ label, description: label })),
      },
    ],
  })}>>`,
}
const curious = programs.filter(({ name }) => name in questions)

/** Where it goes on trying, or waits, for as long as one looks. */
const waits = ['<<slow 20>>', '<<hang>>', '<<429 30>>', '<<bash sleep 20>>']
/** Others end their turn when a connection is lost; it tries for ever. */
const ownWaits: Readonly<Record<string, readonly string[]>> = { opencode: ['<<drop>>'] }

const over: readonly ActivityState[] = ['idle', 'error', 'limited']

function isLike(activity: Activity, expected: object): boolean {
  const told = new Map<string, unknown>(Object.entries(activity))
  return Object.entries(expected).every(([key, value]) => told.get(key) === value)
}

async function pressStop(room: Room, agent: Agent, { stopPresses }: RealProgram): Promise<void> {
  for (let press = 0; press < stopPresses; press += 1) {
    await room.tmux.keys(agent.pane, 'Escape')
    await sleep(300)
  }
}

/** Stops what it does, as a person does, until it has stopped. */
async function interrupt(agent: Agent, press: () => Promise<void>): Promise<void> {
  let looks = 0
  await waitFor(
    () => 'it to stop',
    async () => {
      if (looks % 60 === 0) await press()
      looks += 1
      return over.includes((await agent.activity()).state)
    },
    { describe: () => agent.screen() },
  )
}

describe.each(programsOfTheDay)('the state of $name $version', (program) => {
  it.skipIf(!program.isHere)('is starting, idle, working, and idle again', async () => {
    await using room = await openRoom(program)
    const seen: ActivityState[] = []
    const agent = await room.launch()
    await waitFor(
      () => 'idle',
      async () => {
        seen.push((await agent.activity()).state)
        return seen.at(-1) === 'idle'
      },
      { describe: () => agent.screen() },
    )
    expect(seen[0]).toBe('starting')
    await agent.submit(messageOf('<<slow 3>>'))
    await agent.until(['working'])
    await agent.until(['idle'])
    for (const failure of ['<<500 1>>', '<<drop 1>>']) {
      await agent.submit(messageOf(`${failure} <<text after all>>`))
      expect(await agent.until(['idle', 'error']), failure).toMatchObject({ state: 'idle' })
    }
  })

  it.skipIf(!program.isHere)(
    'is an error of its kind when a turn fails, until the next turn is well',
    async () => {
      await using room = await openRoom(program)
      const { agent } = await room.begin('Wait.', { permissionMode: program.askingMode })
      await agent.until(['idle'])
      for (const [script, told] of ends[program.name] ?? []) {
        await agent.submit(messageOf(script))
        const expected = { state: 'error', ...told }
        // what is told first may be told better a moment later
        await agent.untilSo(
          (activity) => isLike(activity, expected),
          `${JSON.stringify(expected)} after ${script}`,
        )
      }
      await agent.submit(messageOf('<<text all is well>>'))
      await agent.until(['idle'])
    },
  )

  it.skipIf(!program.isHere)('is work while it talks, retries, runs a tool, or hears nothing', async () => {
    await using room = await openRoom(program)
    const { agent } = await room.begin('Wait.', { permissionMode: program.freeMode })
    await agent.until(['idle'])
    for (const script of [...waits, ...(ownWaits[program.name] ?? [])]) {
      const message = messageOf(script)
      await agent.submit(message)
      await agent.atModel(message.token)
      const end = performance.now() + 2_000
      while (performance.now() < end) expect((await agent.activity()).state, script).toBe('working')
      await interrupt(agent, () => pressStop(room, agent, program))
      // Claude Code hands back what it had not answered
      const isEmpty = async (): Promise<boolean> => {
        if ((await agent.boxText()) === '') return true
        await room.tmux.keys(agent.pane, 'C-u')
        return false
      }
      await waitFor(() => 'an empty box', isEmpty, { describe: () => agent.screen() })
    }
  })

  it.skipIf(!program.isHere)('is a permission while it asks for one, which takes no message', async () => {
    await using room = await openRoom(program)
    const { agent } = await room.begin('Wait.', { permissionMode: program.askingMode })
    await agent.until(['idle'])
    const canary = join(room.home, 'canary')
    await agent.submit(messageOf(program.asking(canary)))
    await agent.until(['blocked-permission'])
    const io = watchedIo(room.tmux)
    expect(await agent.send('hello', { tmux: io })).toMatchObject({ status: 'refused', reason: 'dialog' })
    expect([io.pastes, io.presses]).toEqual([[], []])
    await interrupt(agent, () => room.tmux.keys(agent.pane, 'Escape'))
    expect(existsSync(canary)).toBe(false)
  })

  it.skipIf(!program.isHere)('is exited after a kill, whatever its files say', async () => {
    await using room = await openRoom(program)
    const { agent } = await room.begin('Wait.')
    await agent.until(['idle'])
    agent.crash()
    expect(await agent.until(['exited'])).toMatchObject({ source: 'process' })
    await agent.untilDead()
    expect(await agent.send('hello')).toMatchObject({ status: 'refused', reason: 'dead-pane' })
  })
})

describe.each(limited)('a limit of $name $version', (program) => {
  it.skipIf(!program.isHere)(
    'is told with the minute of its end, and takes no message until then',
    async () => {
      await using room = await openRoom(program)
      const { agent } = await room.begin('Wait.')
      await agent.until(['idle'])
      const endsAt = Math.floor(Date.now() / 60_000) * 60 + 7_200
      const { script, laterMs, told } = limits[program.name] ?? never
      await agent.submit(messageOf(script(endsAt)))
      const activity = await agent.until(['limited', 'error'])
      expect(activity).toMatchObject({ state: 'limited', ...told })
      const resetAt = activity.state === 'limited' ? activity.resetAt : undefined
      expect(resetAt).toBeGreaterThanOrEqual(endsAt * 1_000)
      expect(resetAt).toBeLessThanOrEqual(endsAt * 1_000 + laterMs)
      const io = watchedIo(room.tmux)
      expect(await agent.send('hello', { tmux: io })).toMatchObject({ status: 'refused', reason: 'busy' })
      expect([io.pastes, io.presses]).toEqual([[], []])
      const closed = await agent.closeLimitDialog()
      if (program.name !== 'gemini') {
        expect(closed).toEqual({ status: 'absent' })
        return
      }
      expect(closed).toEqual({ status: 'closed', goesOn: true })
      await agent.until(['idle'])
    },
  )
})

describe.each(curious)('a question of $name $version', (program) => {
  it.skipIf(!program.isHere)('is told while it is open, and takes no message', async () => {
    await using room = await openRoom(program)
    const { agent } = await room.begin('Wait.')
    await agent.until(['idle'])
    await agent.submit(messageOf(questions[program.name] ?? ''))
    await agent.until(['waiting-input'])
    const io = watchedIo(room.tmux)
    expect(await agent.send('hello', { tmux: io })).toMatchObject({ status: 'refused', reason: 'dialog' })
    expect([io.pastes, io.presses]).toEqual([[], []])
    await interrupt(agent, () => room.tmux.keys(agent.pane, 'Escape'))
  })
})
