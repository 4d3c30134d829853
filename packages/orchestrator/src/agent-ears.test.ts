import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AgentAdapter, judge, watchFolder } from '@tmux-orchestrator/agents'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ActivityWatch } from './activity-watch.ts'
import { AgentEars } from './agent-ears.ts'
import type { Desired } from './command-map.ts'
import type { PaneSight, TmuxSight } from './observe.ts'
import { PermissionDesk } from './permission-desk.ts'
import type { Runtime } from './runtime.ts'

let folder: string
let ears: AgentEars

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-ears-'))
  mkdirSync(join(folder, 'a'))
  mkdirSync(join(folder, 'b'))
  mkdirSync(join(folder, 'sessions'))
  ears = new AgentEars()
})

afterEach(() => {
  ears.close()
  rmSync(folder, { recursive: true, force: true })
})

const sessions = (): Pick<AgentAdapter, 'watch'> => ({
  watch: (_, onChange) => watchFolder(join(folder, 'sessions'), onChange),
})

/** No process has such an id. */
const absent = 999_999_999

/** Two agents that rest, in panes of the processes 1 and 2, and how often each is asked. */
function build(change: Partial<AgentAdapter> = {}, pids: readonly number[] = [1, 2]) {
  const asked = { activity: vi.fn(), permissions: vi.fn() }
  const adapter = {
    ...sessions(),
    activity: async (handle: { pid: number }) => {
      asked.activity(handle.pid)
      return judge([{ state: 'idle', source: 'status-file', at: 0 }])
    },
    permissions: async (handle: { pid: number }) => {
      asked.permissions(handle.pid)
      return []
    },
    ...change,
  } as unknown as AgentAdapter
  const runtime = {
    adapter: () => adapter,
    folder: (_id: string, name: string) => join(folder, name),
    ledger: { command: async () => ({ waiting: [] }) },
    signal: new AbortController().signal,
    log: () => undefined,
  } as unknown as Runtime
  const agents = ['a', 'b'].map((name) => ({ orchestration_id: 'team', name, conversation_id: name }))
  const desired = { orchestration: { id: 'team', program: 'sim' }, agents } as unknown as Desired
  const panes = ['a', 'b'].map((agent, at) => ({
    agent,
    pane: `%${at}`,
    pid: pids[at] ?? 0,
    dead: false,
    title: '',
  }))
  const sight = {
    known: true,
    panes: new Map([['team', panes as unknown as PaneSight[]]]),
  } as unknown as TmuxSight
  const desk = new PermissionDesk(runtime, ears, () => undefined)
  const watch = new ActivityWatch(runtime, ears, 0)
  desk.follow(desired)
  watch.follow(desired)
  const look = async () => {
    desk.look(sight)
    watch.look(sight)
    await Promise.all([desk.settled(), watch.settled()])
  }
  const forget = () => {
    desk.forget('team')
    watch.forget('team')
  }
  return { asked, look, forget }
}

it('asks agents that tell of changes once, and not again while they are quiet', async () => {
  const { asked, look } = build()
  for (let count = 0; count < 5; count += 1) await look()
  expect(asked.permissions.mock.calls).toEqual([[1], [2]])
  expect(asked.activity.mock.calls).toEqual([[1], [2]])
})

it.each([
  ['in its own folder', 'a/hooks.jsonl', [1]],
  ['in the common folder, under the name of its process', 'sessions/2.json', [2]],
  ['in the common folder, under the name of a process that is gone', `sessions/${absent}.json`, [1, 2]],
])('asks the agent of which something was heard %s', async (_, file, pids) => {
  const { asked, look } = build()
  await look()
  for (const mock of Object.values(asked)) mock.mockClear()
  writeFileSync(join(folder, file), '{}')
  await vi.waitFor(async () => {
    await look()
    for (const mock of Object.values(asked)) {
      const seen = [...new Set(mock.mock.calls.map(([pid]) => pid))].toSorted()
      expect(seen).toEqual(pids)
    }
  })
})

it.runIf(existsSync('/proc/self/stat'))(
  'asks nobody for what a program wrote that no agent started',
  async () => {
    const { asked, look } = build({}, [process.ppid, absent])
    await look()
    asked.activity.mockClear()
    writeFileSync(join(folder, 'sessions', '1.json'), '{}')
    writeFileSync(join(folder, 'sessions', `${process.pid}.json`), '{}')
    await vi.waitFor(async () => {
      await look()
      expect(asked.activity.mock.calls).toContainEqual([process.ppid])
    })
    expect(asked.activity.mock.calls.flat()).not.toContain(absent)
  },
)

it('asks at every look where the system does not watch folders, until it does', async () => {
  rmSync(join(folder, 'sessions'), { recursive: true })
  const { asked, look } = build()
  for (let count = 0; count < 3; count += 1) await look()
  expect(asked.permissions).toHaveBeenCalledTimes(6)
  expect(asked.activity).toHaveBeenCalledTimes(6)
  mkdirSync(join(folder, 'sessions'))
  await vi.waitFor(
    async () => {
      await look()
      const before = asked.activity.mock.calls.length
      await look()
      expect(asked.activity.mock.calls.length).toBe(before)
    },
    { timeout: 10_000, interval: 50 },
  )
})

it('asks at every look whose state is not known, or stands in a file that is not watched', async () => {
  const lost = vi.fn(async () => judge([{ state: 'unknown', source: 'status-file', at: 0 } as const]))
  const limited = vi.fn(async () =>
    judge([
      { state: 'idle', source: 'hook', at: 0 } as const,
      { state: 'limited', source: 'transcript', at: 0 } as const,
    ]),
  )
  for (const activity of [lost, limited]) {
    const { look } = build({ activity })
    await look()
    await look()
    expect(activity).toHaveBeenCalledTimes(4)
  }
})

it('listens to nobody who is forgotten, also while a look at it goes on or its looks fail', async () => {
  const failing = build({ activity: async () => await Promise.reject(new Error('no file')) })
  const left = vi.spyOn(ears, 'leave')
  const looking = failing.look()
  failing.forget()
  await looking
  await vi.waitFor(() =>
    expect(new Set(left.mock.calls.map(([key]) => key))).toEqual(new Set(['team/a', 'team/b'])),
  )
  expect([ears.hears('team/a'), ears.hears('team/b')]).toEqual([false, false])
})

it('asks at every look who tells of nothing, who cannot be read, and who is seen on its screen alone', async () => {
  const quiet = build({ watch: undefined } as unknown as Partial<AgentAdapter>)
  const garbled = vi.fn(async () => undefined)
  const unreadable = build({ permissions: garbled })
  const screen = vi.fn(async () => judge([{ state: 'working', source: 'screen', at: 0 } as const]))
  const seen = build({ activity: screen })
  for (const { look } of [quiet, unreadable, seen]) {
    await look()
    await look()
  }
  expect(quiet.asked.permissions).toHaveBeenCalledTimes(4)
  expect(garbled).toHaveBeenCalledTimes(4)
  expect(screen).toHaveBeenCalledTimes(4)
})
