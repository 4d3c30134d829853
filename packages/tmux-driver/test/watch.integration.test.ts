import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CommandRunner } from '../src/command-runner.ts'
import { type PaneEvent, type PaneId, type SessionId, Tmux, type WatchOptions } from '../src/index.ts'
import { glimpsePanes } from '../src/list-panes.ts'
import { toLinkOptions } from '../src/open-options.ts'
import { ServerLink } from '../src/server-link.ts'
import { type TemporaryServer, temporaryServer } from '../src/testing.ts'

let server: TemporaryServer
let tmux: Tmux
let session: SessionId
let first: PaneId
let watching: Watching[]

beforeEach(async () => {
  watching = []
  server = await temporaryServer()
  tmux = server.tmux
  const made = await tmux.newSession({ name: 'work', command: ['cat', '-'] })
  session = made.session
  first = made.pane
})

afterEach(async () => {
  for (const one of watching) await one.stop()
  await server[Symbol.asyncDispose]()
})

const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 })

interface Watching {
  readonly events: readonly PaneEvent[]
  of<K extends PaneEvent['type']>(type: K): Extract<PaneEvent, { type: K }>[]
  /** How the watch ended. */
  stop(): Promise<unknown>
}

function watch(options: WatchOptions = { intervalMs: 50 }): Watching {
  const events: PaneEvent[] = []
  const end = new AbortController()
  const done = (async () => {
    for await (const event of tmux.watch({ ...options, signal: end.signal })) events.push(event)
    return 'ended'
  })().catch((error: unknown) => error)
  const own: Watching = {
    events,
    of: <K extends PaneEvent['type']>(type: K) =>
      events.filter((event): event is Extract<PaneEvent, { type: K }> => event.type === type),
    stop: () => {
      end.abort(new Error('stopped'))
      return done
    },
  }
  watching.push(own)
  return own
}

const run = async (script: string, remainOnExit = true): Promise<PaneId> =>
  (await tmux.newWindow({ session, command: ['sh', '-c', script], remainOnExit })).pane

describe('a watch', () => {
  it('begins with what is there, and tells of panes that come and go', async () => {
    const { of } = watch()
    await eventually(() => of('added').map((event) => event.pane)).toEqual([first])
    const pane = await run('exec cat')
    await eventually(() => of('added').map((event) => event.pane)).toEqual([first, pane])
    await tmux.killPane(pane)
    await eventually(() => of('closed').map((event) => event.pane)).toEqual([pane])
  })

  it.each([
    ['exit 7', 7, undefined],
    ['kill -9 $$', undefined, 9],
    ['exec /no/such/program', 127, undefined],
    ['true', 0, undefined],
  ])('tells once how %j ended', async (script, status, signal) => {
    const { of } = watch()
    const pane = await run(script)
    await eventually(() => of('died')).toEqual([{ type: 'died', pane, status, signal }])
    await tmux.respawn(pane, { command: ['sh', '-c', 'exit 3'] })
    await eventually(() => of('died')).toHaveLength(2)
    expect(of('died')[1]).toEqual({ type: 'died', pane, status: 3, signal: undefined })
  })

  it('tells of twenty deaths at once, each once', async () => {
    const specs = Array.from({ length: 20 }, (_, index) => ({
      session,
      command: ['sh', '-c', `read x; exit ${index}`],
      remainOnExit: true,
    }))
    const made = (await tmux.newWindows(specs)).flatMap((one) => (one.status === 'created' ? [one.pane] : []))
    const { of } = watch()
    await eventually(() => of('added')).toHaveLength(21)
    await Promise.all(made.map((pane) => tmux.keys(pane, 'Enter')))
    await eventually(() => of('died').length).toBe(20)
    const statuses = new Map(of('died').map((event) => [event.pane, event.status]))
    expect(made.map((pane) => statuses.get(pane))).toEqual(made.map((_, index) => index))
  })

  it('tells of new names, of output and of copy mode', async () => {
    const { of } = watch()
    await eventually(() => of('added')).toHaveLength(1)
    await tmux.raw(['rename-window', '-t', session, 'renamed'])
    await eventually(() => of('renamed').map((event) => event.name)).toEqual(['renamed'])
    await tmux.type(first, 'hello')
    await eventually(() => of('changed').flatMap((event) => event.changed)).toContain('cursorX')
    await tmux.raw(['copy-mode', '-t', first])
    await eventually(() => of('changed').flatMap((event) => event.changed)).toContain('inMode')
  })

  it('tells of a session’s new name, and of panes and windows that move, each once', async () => {
    const other = await tmux.newSession({ name: 'other', command: ['cat', '-'] })
    const beside = await tmux.newPane({ beside: first, command: ['cat', '-'] })
    const { window } = beside
    const { of } = watch()
    await eventually(() => of('added')).toHaveLength(3)
    await tmux.raw(['rename-session', '-t', session, 'renamed'])
    await eventually(() => of('session-renamed')).toEqual([
      { type: 'session-renamed', session, name: 'renamed', before: 'work' },
    ])
    // A link of it elsewhere is no move, as long as it stays where it was.
    await tmux.raw(['link-window', '-d', '-s', window, '-t', `${other.session}:`])
    await tmux.raw(['move-window', '-d', '-s', other.window, '-t', `${session}:`])
    const moves = () =>
      of('moved').map(({ pane, before, after }) => [
        pane,
        before.session,
        after.session,
        before.window,
        after.window,
      ])
    const ofOther = [other.pane, other.session, session, other.window, other.window]
    await eventually(moves).toEqual([ofOther])
    await tmux.raw(['unlink-window', '-t', `${session}:${window}`])
    const both = [first, beside.pane].map((pane) => [pane, session, other.session, window, window])
    await eventually(moves).toEqual([ofOther, ...both])
    await tmux.raw(['join-pane', '-d', '-s', beside.pane, '-t', other.pane])
    await eventually(moves).toEqual([
      ofOther,
      ...both,
      [beside.pane, other.session, session, window, other.window],
    ])
    expect([of('added').length, of('closed').length, of('session-renamed').length]).toEqual([3, 0, 1])
  })

  it('tells the new name of a session whose windows all are in another one too', async () => {
    await tmux.raw(['new-session', '-d', '-t', session, '-s', 'yours'])
    const grouped = await tmux.hasSession('yours')
    const { of } = watch()
    await eventually(() => of('added')).toHaveLength(1)
    await tmux.raw(['rename-session', '-t', grouped ?? '', 'zeal'])
    const renamed = { type: 'session-renamed', session: grouped, name: 'zeal', before: 'yours' }
    await eventually(() => of('session-renamed')).toEqual([renamed])
  })

  it('survives the connection, and knows the same server again', async () => {
    const { events, of } = watch()
    await eventually(() => of('added')).toHaveLength(1)
    const { lines } = await tmux.raw(['list-clients', '-F', '#{client_pid}'])
    process.kill(Number(lines[0]), 'SIGKILL')
    await eventually(() => of('reconnected')).toEqual([{ type: 'reconnected', sameServer: true }])
    expect(of('lost')).toHaveLength(1)
    expect(events.filter((event) => event.type === 'added' || event.type === 'closed')).toHaveLength(1)
  })

  it('survives the server, starts none, and begins anew with the next', async () => {
    const { of } = watch()
    await eventually(() => of('added')).toHaveLength(1)
    process.kill(tmux.server.pid, 'SIGKILL')
    await eventually(() => of('lost')).toHaveLength(1)
    await expect(Tmux.open({ socket: { path: server.socketPath }, start: false })).rejects.toMatchObject({
      code: 'NO_SERVER',
    })
    expect(of('reconnected')).toEqual([])
    await using next = await Tmux.open({ socket: { path: server.socketPath } })
    const { pane } = await next.newSession({ name: 'next', command: ['cat', '-'] })
    await eventually(() => of('added')).toHaveLength(2)
    expect(of('added')[1]).toMatchObject({ pane })
    expect(of('reconnected')).toEqual([{ type: 'reconnected', sameServer: false }])
    expect(of('closed').map((event) => event.pane)).toEqual([first])
  })

  it('says when the server does not answer, and when it does again', async () => {
    const { of } = watch({ intervalMs: 50, stallMs: 100 })
    await eventually(() => of('added')).toHaveLength(1)
    process.kill(tmux.server.pid, 'SIGSTOP')
    await eventually(() => of('stalled')).toEqual([{ type: 'stalled', forMs: 100 }])
    process.kill(tmux.server.pid, 'SIGCONT')
    await eventually(() => of('resumed')).toHaveLength(1)
    expect(of('lost')).toEqual([])
    process.kill(tmux.server.pid, 'SIGSTOP')
    await eventually(() => of('stalled')).toHaveLength(2)
    process.kill(tmux.server.pid, 'SIGKILL')
    await eventually(() => of('lost')).toHaveLength(1)
    expect(of('resumed')).toHaveLength(1)
  })

  it('that is taken slowly tells what came of it all, and nothing in between', async () => {
    const events = tmux.watch({ intervalMs: 50 })
    const next = async (): Promise<PaneEvent | undefined> => (await events.next()).value ?? undefined
    expect(await next()).toMatchObject({ type: 'added', pane: first })
    for (let index = 0; index < 50; index += 1) {
      const pane = await run('exec cat')
      await tmux.killPane(pane)
    }
    await tmux.type(first, 'hello')
    await tmux.waitFor(first, { text: 'hello' })
    expect(await next()).toMatchObject({ type: 'changed', pane: first, after: { cursorX: 5 } })
    await events.return()
  })

  it('ends with its signal’s reason, and with the handle', async () => {
    const one = watch()
    await eventually(() => one.of('added')).toHaveLength(1)
    expect(await one.stop()).toMatchObject({ message: 'stopped' })
    await using other = await Tmux.open({ socket: { path: server.socketPath } })
    const seen: PaneEvent[] = []
    const done = (async () => {
      for await (const event of other.watch()) seen.push(event)
    })()
    await eventually(() => seen).toHaveLength(1)
    await other.close()
    await done
    await expect(tmux.watch({ intervalMs: 0 }).next()).rejects.toThrow(RangeError)
  })
})

it('a glimpse differs when a pane is in another window, though all stand in the same order', async () => {
  const beside = await tmux.newPane({ beside: first, command: ['cat', '-'] })
  const other = await tmux.newSession({ name: 'yours', command: ['cat', '-'] })
  const link = new ServerLink(toLinkOptions({ socket: { path: server.socketPath } }))
  const runner = new CommandRunner(link)
  const before = await glimpsePanes(runner, {})
  expect((await glimpsePanes(runner, {})).text).toBe(before.text)
  await tmux.raw(['join-pane', '-b', '-d', '-s', beside.pane, '-t', other.pane])
  expect((await glimpsePanes(runner, {})).text).not.toBe(before.text)
  await link.close()
})
