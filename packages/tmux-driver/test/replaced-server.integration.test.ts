import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CreatedSession, type PaneEvent, Tmux } from '../src/index.ts'
import { type TemporaryServer, temporaryServer } from '../src/testing.ts'

let server: TemporaryServer
let tmux: Tmux
let old: CreatedSession
let other: Tmux
beforeEach(async () => {
  server = await temporaryServer()
  tmux = server.tmux
  old = await tmux.newSession({ name: 'old', command: ['cat', '-'] })
})
afterEach(async () => {
  await other.close()
  await server[Symbol.asyncDispose]()
})

const lost = { code: 'SERVER_LOST' }

/** Ends the server; another one in its place has the same ids. */
async function replace(): Promise<CreatedSession> {
  const gone = tmux.isConnected ? once(tmux.events, 'server:lost') : undefined
  process.kill(tmux.server.pid, 'SIGKILL')
  await gone
  other = await Tmux.open({ socket: { path: server.socketPath } })
  const twin = await other.newSession({ name: 'twin', command: ['cat', '-'] })
  expect(twin).toEqual(old)
  return twin
}

async function untouched(): Promise<void> {
  expect((await other.capture(old.pane)).text.trim()).toBe('')
  const rows = await other.list({ fields: ['pane', 'window', 'session'] })
  expect(rows).toEqual([old])
}

const inputs: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['paste', () => tmux.paste(old.pane, 'SECRET')],
  ['keys', () => tmux.keys(old.pane, 'x')],
  ['type', () => tmux.type(old.pane, 'x')],
  ['bytes', () => tmux.bytes(old.pane, Buffer.from('x'))],
  ['respawn', () => tmux.respawn(old.pane, { command: ['cat', '-'] })],
  ['newWindow', () => tmux.newWindow({ session: old.session })],
  ['newPane', () => tmux.newPane({ beside: old.pane })],
  ['setOption', () => tmux.setOption(old.pane, '@x', 'y')],
  ['capture', () => tmux.capture(old.pane)],
  ['waitFor', () => tmux.waitFor(old.pane, { exit: true })],
  ['killPane', () => tmux.killPane(old.pane)],
  ['killWindow', () => tmux.killWindow(old.window)],
  ['killSession', () => tmux.killSession(old.session)],
  ['raw', () => tmux.raw(['kill-pane', '-t', old.pane])],
  ['raw, in one word', () => tmux.raw(['kill-session', `-t${old.session}:`])],
]

describe('an id of a server that another one took the place of', () => {
  it('is refused by every call, the first and all that follow, until ids are asked for again', async () => {
    await replace()
    for (let round = 0; round < 2; round += 1)
      for (const [name, call] of inputs) await expect(call(), name).rejects.toMatchObject(lost)
    expect(() => tmux.output(old.pane)).toThrow(expect.objectContaining(lost))
    await untouched()
    expect(await tmux.list({ fields: ['pane'] })).toEqual([{ pane: old.pane }])
    await tmux.paste(old.pane, 'hello')
    await other.waitFor(old.pane, { text: 'hello' })
    await expect(tmux.killSession(old.session), 'only panes were asked for').rejects.toMatchObject(lost)
  })

  it('is refused however the connection came about', async () => {
    await replace()
    await tmux.reconnect()
    for (const [name, call] of inputs) await expect(call(), name).rejects.toMatchObject(lost)
    await untouched()
    const { window } = await tmux.newWindow({ session: (await tmux.hasSession('twin')) ?? old.session })
    expect(await tmux.killWindow(window)).toBe(true)
  })

  it('is refused while a watch has not told of the new one', async () => {
    const stop = new AbortController()
    const watch = tmux.watch({ intervalMs: 20, signal: stop.signal })
    expect((await watch.next()).value).toMatchObject({ type: 'added' })
    await replace()
    const seen: PaneEvent[] = []
    while (!seen.some(({ type }) => type === 'reconnected')) {
      const { value } = await watch.next()
      if (value) seen.push(value)
      await expect(tmux.paste(old.pane, 'SECRET')).rejects.toMatchObject(lost)
    }
    await untouched()
    stop.abort(new Error('enough'))
    await watch.return(undefined)
  })
})
