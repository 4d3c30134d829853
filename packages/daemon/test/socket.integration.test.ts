import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Answer, IncomingRequest } from '../src/connection.ts'
import { openClient } from '../src/daemon-client.ts'
import { encodeFrame, maxFrameBytes } from '../src/frames.ts'
import { SocketServer } from '../src/server.ts'
import { waitFor } from './temporary-home.ts'

let home: string
let server: SocketServer
const seen: IncomingRequest[] = []
const aborted: unknown[] = []
const sockets: Socket[] = []

async function answer(request: IncomingRequest, { signal }: { signal: AbortSignal }): Promise<Answer> {
  seen.push(request)
  if (request.name === 'echo') return { result: request.args }
  if (request.name === 'many') return { items: count() }
  if (request.name === 'huge') return { result: 'x'.repeat(maxFrameBytes) }
  if (request.name !== 'wait')
    throw Object.assign(new Error('no such thing'), { code: 'NOPE', hint: 'try echo' })
  return await new Promise<Answer>((_, reject) => {
    signal.addEventListener('abort', () => {
      aborted.push(signal.reason)
      reject(signal.reason)
    })
  })
}

async function* count(): AsyncGenerator<unknown> {
  for (let index = 0; index < 100_000; index += 1) yield { index, padding: 'x'.repeat(500) }
}

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'tmo-socket-'))
  seen.length = 0
  aborted.length = 0
  const greeting = { tmo: 'daemon', protocol: 1, version: '1.2.3', pid: 42, home } as const
  server = await SocketServer.listen({
    path: join(home, 'daemon.sock'),
    greeting,
    handle: answer,
    graceMs: 200,
  })
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await server.close()
  rmSync(home, { recursive: true, force: true })
})

const open = (): ReturnType<typeof openClient> => openClient({ home, version: '1.2.3' })

/** A client without manners: what it gets, line by line, and whether it was hung up on. */
function raw(): { socket: Socket; lines: () => unknown[]; closed: Promise<void> } {
  const socket = connect(join(home, 'daemon.sock'))
  sockets.push(socket)
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  socket.on('error', () => socket.destroy())
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  const lines = (): unknown[] =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  return { socket, lines, closed }
}

// The names of these tests' requests are not the daemon's; only the types are told otherwise.
const call = (
  client: Awaited<ReturnType<typeof open>>,
  name: string,
  args: unknown,
  options = {},
): Promise<unknown> =>
  (client.call as (name: string, args: unknown, options: object) => Promise<unknown>)(name, args, options)

describe('the socket', () => {
  it('answers a thousand requests that were sent without waiting, each its own', async () => {
    await using client = await open()
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => call(client, 'echo', { index, text: 'ü\n"' })),
    )
    expect(answers).toEqual(Array.from({ length: 1_000 }, (_, index) => ({ index, text: 'ü\n"' })))
  })

  it('carries code, hint and message of a refusal, and for whom a request spoke', async () => {
    await using client = await open()
    const as = { agent: 'shop-abcd/developer', token: 'secret' }
    const refusal = { name: 'RemoteError', code: 'NOPE', message: 'no such thing', hint: 'try echo' }
    await expect(call(client, 'other', {}, { as })).rejects.toMatchObject(refusal)
    expect(seen).toMatchObject([{ name: 'other', as }])
  })

  it.each([
    ['no JSON', 'hello\n'],
    ['a list', '[1]\n'],
    ['a request before the hello', '{"id":1,"name":"echo"}\n'],
    ['a request without a name', '{"hello":1}\n{"id":1}\n'],
    ['an id that is an object', '{"hello":1}\n{"id":{},"name":"echo"}\n'],
    ['binary', Buffer.from([0, 255, 254, 10, 0, 10])],
    ['the same id twice at once', '{"hello":1}\n{"id":1,"name":"wait"}\n{"id":1,"name":"wait"}\n'],
  ])('answers %s with BAD_FRAME, hangs up, and serves the others', async (_, bytes) => {
    const { socket, lines, closed } = raw()
    socket.write(bytes)
    await closed
    expect(lines().at(-1)).toMatchObject({ id: null, error: { code: 'BAD_FRAME' } })
    await using client = await open()
    expect(await call(client, 'echo', 1)).toBe(1)
  })

  it('takes no frame beyond its limit, and does not keep it', async () => {
    const { socket, lines, closed } = raw()
    socket.write('{"hello":1}\n')
    socket.write(Buffer.alloc(maxFrameBytes + 1, 'x'))
    await closed
    expect(lines().at(-1)).toMatchObject({ id: null, error: { code: 'FRAME_TOO_LARGE' } })
  })

  it('says so instead of sending an answer beyond the limit', async () => {
    await using client = await open()
    await expect(call(client, 'huge', null)).rejects.toMatchObject({ code: 'FRAME_TOO_LARGE' })
    expect(await call(client, 'echo', 2)).toBe(2)
  })

  it('tells a client of another protocol in words, and the client tells its user', async () => {
    const { socket, lines, closed } = raw()
    socket.write('{"hello":2,"version":"9.0.0"}\n')
    await closed
    expect(lines().at(-1)).toMatchObject({ error: { code: 'PROTOCOL_MISMATCH' } })
    await server.close()
    const greeting = { tmo: 'daemon', protocol: 7, version: '7.0.0', pid: 42, home } as const
    server = await SocketServer.listen({ path: join(home, 'daemon.sock'), greeting, handle: answer })
    await expect(open()).rejects.toMatchObject({
      code: 'PROTOCOL_MISMATCH',
      message: expect.stringContaining('protocol 7 (version 7.0.0), the other 1'),
    })
  })

  it('lets nobody wait for a client that does not read', async () => {
    const slow = raw()
    slow.socket.pause()
    slow.socket.write(`{"hello":1}\n${encodeFrame({ id: 1, name: 'many', args: null })}`)
    for (let id = 2; id < 400; id += 1)
      slow.socket.write(encodeFrame({ id, name: 'echo', args: 'x'.repeat(20_000) }))
    await waitFor(() => seen.length > 50)
    await using client = await open()
    // The other one never reads: whoever waited for it would wait for ever.
    expect(await call(client, 'echo', 'quick')).toBe('quick')
  })

  it('takes a request back: on cancel, on abort, and when its client vanishes', async () => {
    const client = await open()
    const aborter = new AbortController()
    const waiting = call(client, 'wait', {}, { signal: aborter.signal })
    await waitFor(() => seen.length === 1)
    aborter.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    await waitFor(() => aborted.length === 1)
    const other = call(client, 'wait', {})
    const refused = expect(other).rejects.toMatchObject({ code: 'CLOSED', details: { outcome: 'unknown' } })
    await waitFor(() => seen.length === 2)
    await client.close()
    await refused
    await waitFor(() => aborted.length === 2)
  })

  it('gives up an answer that is late, with the outcome unknown', async () => {
    await using client = await open()
    const late = call(client, 'wait', {}, { timeoutMs: 50 })
    await expect(late).rejects.toMatchObject({
      code: 'TIMEOUT',
      details: { request: 'wait', outcome: 'unknown' },
    })
  })

  it('tells everybody who waits when the daemon ends', async () => {
    await using client = await open()
    const waiting = call(client, 'wait', {})
    const lost = expect(waiting).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      details: { outcome: 'unknown' },
    })
    await waitFor(() => seen.length === 1)
    await server.close()
    await lost
  })

  it('streams at the pace of its reader, and stops when the reader leaves', async () => {
    await using client = await open()
    const follow = client.follow as (name: string, args: unknown) => AsyncGenerator<{ index: number }>
    let next = 0
    for await (const { index } of follow.call(client, 'many', null)) {
      expect(index).toBe(next)
      next += 1
      if (next === 5_000) break
    }
    await waitFor(() => server.counters.clients === 1)
    expect(await call(client, 'echo', 3)).toBe(3)
  })

  it('says that the connection was lost when the daemon ends before it greets', async () => {
    const { createServer } = await import('node:net')
    await server.close()
    // Closing with the client's hello unread resets the connection.
    const dying = createServer({ pauseOnConnect: true }, (socket) => {
      setTimeout(() => socket.destroy(), 20)
    })
    await new Promise<void>((resolve) => dying.listen(join(home, 'daemon.sock'), () => resolve()))
    for (let round = 0; round < 20; round += 1) {
      await expect(openClient({ home, version: '1' })).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
    }
    await new Promise((resolve) => dying.close(resolve))
  })

  it('says that the connection was lost when the daemon is killed with a request for a stream unread', async () => {
    const { createServer } = await import('node:net')
    await server.close()
    let isFirst = true
    const dying = createServer({ pauseOnConnect: true }, (socket) => {
      socket.write('{"tmo":"daemon","protocol":1}\n')
      if (isFirst) {
        isFirst = false
        sockets.push(socket.resume())
      } else setTimeout(() => socket.destroy(), 20)
    })
    await new Promise<void>((resolve) => dying.listen(join(home, 'daemon.sock'), () => resolve()))
    const client = await openClient({ home, version: '1' })
    for (let round = 0; round < 20; round += 1) {
      const events = client.follow('events.follow', { after: 0 })
      await expect(events.next()).rejects.toMatchObject({ code: 'CONNECTION_LOST' })
    }
    await client.close()
    for (const socket of sockets.splice(0)) socket.destroy()
    await new Promise((resolve) => dying.close(resolve))
  })

  it('says when nobody greets', async () => {
    const { createServer } = await import('node:net')
    await server.close()
    const mute = createServer((socket) => sockets.push(socket))
    await new Promise<void>((resolve) => mute.listen(join(home, 'daemon.sock'), () => resolve()))
    const silent = openClient({ home, version: '1', timeoutMs: 100 })
    await expect(silent).rejects.toMatchObject({ code: 'TIMEOUT', details: { home } })
    for (const socket of sockets.splice(0)) socket.destroy()
    await new Promise((resolve) => mute.close(resolve))
  })
})
