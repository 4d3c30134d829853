import { afterEach, beforeEach, expect, it } from 'vitest'
import { isTmuxError, Tmux } from '../src/index.ts'
import { type TemporaryServer, temporaryServer } from '../src/testing.ts'

let server: TemporaryServer
let pid: number

beforeEach(async () => {
  server = await temporaryServer()
  pid = server.tmux.server.pid
  await server.tmux.newSession({ name: 'work', command: ['cat', '-'] })
})

afterEach(() => server[Symbol.asyncDispose]())

const open = (timeoutMs: number): Promise<Tmux> =>
  Tmux.open({ socket: { path: server.socketPath }, start: false, timeoutMs })
const late = expect.toSatisfy((error) => isTmuxError(error, 'TIMEOUT'))

it('openings that a stopped server did not answer in time, and one that waits behind them, do not end it', async () => {
  for (let round = 0; round < 4; round += 1) {
    process.kill(pid, 'SIGSTOP')
    await expect(open(200)).rejects.toEqual(late)
    await expect(open(200)).rejects.toEqual(late)
    const waiting = open(60_000)
    process.kill(pid, 'SIGCONT')
    await (await waiting).close()
    expect((await server.tmux.raw(['display-message', '-p', '#{pid}'])).lines).toEqual([String(pid)])
  }
  await expect.poll(async () => (await server.tmux.raw(['list-clients'])).lines.length).toBe(1)
})

it('an opening that is aborted rejects at once, and the server lives on', async () => {
  process.kill(pid, 'SIGSTOP')
  const stop = new AbortController()
  const opening = Tmux.open({ socket: { path: server.socketPath }, signal: stop.signal })
  const next = open(60_000)
  stop.abort(new Error('enough'))
  await expect(opening).rejects.toThrow('enough')
  process.kill(pid, 'SIGCONT')
  await (await next).close()
  expect((await server.tmux.raw(['display-message', '-p', '#{pid}'])).lines).toEqual([String(pid)])
})

it('who wants a server started gets one, also while a watch only asks whether one runs', async () => {
  const { tmux } = server
  const stop = new AbortController()
  const watching = (async () => {
    for await (const _ of tmux.watch({ signal: stop.signal })) await null
  })().catch((error: unknown) => error)
  for (let round = 0; round < 8; round += 1) {
    const lost = new Promise((resolve) => tmux.events.once('server:lost', resolve))
    process.kill(tmux.server.pid, 'SIGKILL')
    await lost
    await tmux.newSession({ name: `round-${round}`, command: ['cat', '-'] })
  }
  stop.abort(new Error('over'))
  expect(await watching).toMatchObject({ message: 'over' })
})
