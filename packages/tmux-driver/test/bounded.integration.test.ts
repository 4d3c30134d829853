import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CreatedSession, PaneId, Tmux } from '../src/index.ts'
import { type TemporaryServer, temporaryServer } from '../src/testing.ts'

/** Far below the handle's own 15 s. */
const patience = { timeoutMs: 100 }
const soonMs = 5_000

let server: TemporaryServer
let tmux: Tmux
let work: CreatedSession
beforeEach(async () => {
  server = await temporaryServer()
  tmux = server.tmux
  work = await tmux.newSession({ name: 'work', command: ['cat', '-'] })
})
afterEach(async () => {
  process.kill(tmux.server.pid, 'SIGCONT')
  await server[Symbol.asyncDispose]()
})

type Call = (tmux: Tmux, pane: PaneId) => Promise<unknown>
const calls: Readonly<Record<string, Call>> = {
  newSession: (one) => one.newSession({ name: 'x' }),
  newWindow: (one) => one.newWindow({ session: work.session }),
  newPane: (one, pane) => one.newPane({ beside: pane }),
  list: (one) => one.list({ fields: ['pane'] }),
  capture: (one, pane) => one.capture(pane),
  'waitFor text': (one, pane) => one.waitFor(pane, { text: 'x' }),
  'waitFor exit': (one, pane) => one.waitFor(pane, { exit: true }),
  paste: (one, pane) => one.paste(pane, 'x'),
  keys: (one, pane) => one.keys(pane, 'x'),
  setOption: (one, pane) => one.setOption(pane, '@x', 'y'),
  killPane: (one, pane) => one.killPane(pane),
  raw: (one) => one.raw(['list-panes']),
}

/** Settles within the time of its call, not of the handle. */
async function settles(call: Promise<unknown>): Promise<unknown> {
  const start = performance.now()
  const outcome = await call.then(
    () => 'resolved',
    (error: unknown) => error,
  )
  expect(performance.now() - start).toBeLessThan(soonMs)
  return outcome
}

const timeout = expect.objectContaining({ code: 'TIMEOUT' })

describe('at a server that is stopped', () => {
  it('every call ends with its own time or signal', async () => {
    process.kill(tmux.server.pid, 'SIGSTOP')
    for (const [name, call] of Object.entries(calls)) {
      expect(await settles(call(tmux.within(patience), work.pane)), name).toEqual(timeout)
      const reason = new Error('enough')
      const bounded = tmux.within({ signal: abortSoon(reason) })
      expect(await settles(call(bounded, work.pane)), name).toBe(reason)
    }
    expect(await settles(tmux.waitFor(work.pane, { text: 'x' }, patience))).toEqual(timeout)
    expect(await settles(tmux.within(patience).killServer())).toEqual(timeout)
  })

  it('every call does so also when the connection is lost', async () => {
    await loseConnection()
    for (const name of [
      'newSession',
      'list',
      'capture',
      'waitFor text',
      'paste',
      'killPane',
      'raw',
    ] as const) {
      expect(
        await settles(calls[name]?.(tmux.within(patience), work.pane) ?? Promise.resolve()),
        name,
      ).toEqual(timeout)
      const reason = new Error('enough')
      const bounded = tmux.within({ signal: abortSoon(reason) })
      expect(await settles(calls[name]?.(bounded, work.pane) ?? Promise.resolve()), name).toBe(reason)
    }
    expect(await settles(tmux.within(patience).reconnect())).toEqual(timeout)
    expect(await settles(tmux.within(patience).killServer())).toEqual(timeout)
    expect(await settles(tmux.close())).toBe('resolved')
  })

  it('a watch says so in its time, and ends with its signal, also when the connection is lost', async () => {
    const stop = new AbortController()
    const watch = tmux.watch({ intervalMs: 20, stallMs: 300, signal: stop.signal })
    await watch.next()
    await loseConnection()
    const seen: string[] = []
    const start = performance.now()
    while (!seen.includes('stalled')) seen.push((await watch.next()).value?.type ?? 'over')
    expect(performance.now() - start).toBeLessThan(soonMs)
    const reason = new Error('enough')
    const next = settles(watch.next())
    stop.abort(reason)
    expect(await next).toBe(reason)
  })
})

function abortSoon(reason: Error): AbortSignal {
  const stop = new AbortController()
  setTimeout(() => stop.abort(reason), 50)
  return stop.signal
}

/** The client of the handle is killed while the server is stopped. */
async function loseConnection(): Promise<void> {
  const { lines } = await tmux.raw(['list-clients', '-F', '#{client_pid}'])
  const lost = once(tmux.events, 'server:lost')
  process.kill(tmux.server.pid, 'SIGSTOP')
  process.kill(Number(lines[0]), 'SIGKILL')
  await lost
}
