import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectDaemon } from '../src/connect-daemon.ts'
import { readRecord } from '../src/daemon-record.ts'
import { homePaths } from '../src/home.ts'
import { stopDaemon } from '../src/stop-daemon.ts'
import { type TemporaryHome, temporaryHome, waitFor } from './temporary-home.ts'

let place: TemporaryHome

beforeEach(() => {
  place = temporaryHome()
})
afterEach(async () => {
  await place.remove()
})

describe('the daemon', () => {
  it('tells who it is, and keeps home and socket to this user', async () => {
    const { client, daemon } = await place.start()
    expect(await client.status()).toMatchObject({
      running: true,
      pid: daemon.child.pid,
      home: place.home,
      protocol: 1,
      socket: join(place.home, 'daemon.sock'),
      database: `sqlite:${join(place.home, 'tmo.db')}`,
      counters: { clients: 1, requests: 1, requestsFailed: 0, logLinesLost: 0 },
    })
    expect(statSync(place.home).mode & 0o777).toBe(0o700)
    expect(statSync(join(place.home, 'daemon.sock')).mode & 0o777).toBe(0o600)
    expect(statSync(join(place.home, 'bin', 'tmo')).mode & 0o777).toBe(0o700)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends in peace at %s: exit 0, no socket, no record',
    async (signal) => {
      const { daemon } = await place.start()
      daemon.child.kill(signal)
      expect(await daemon.ended).toMatchObject({ code: 0, output: '' })
      const left = readdirSync(place.home)
      expect(left).not.toContain('daemon.sock')
      expect(left).not.toContain('daemon.json')
      expect(readFileSync(join(place.home, 'logs', 'daemon.log'), 'utf8')).toContain('daemon:stopping')
    },
  )

  it('ends when asked to, once its process is gone, and says so when none ran', async () => {
    const { daemon } = await place.start()
    expect(await stopDaemon(place.home)).toEqual({ stopped: true, pid: daemon.child.pid })
    expect((await daemon.ended).code).toBe(0)
    expect(await stopDaemon(place.home)).toEqual({ stopped: false })
  })

  it('starts again over everything that kill -9 left behind', async () => {
    const { daemon } = await place.start()
    daemon.child.kill('SIGKILL')
    await daemon.ended
    expect(readdirSync(place.home)).toContain('daemon.sock')
    await expect(connectDaemon({ home: place.home })).rejects.toMatchObject({ code: 'NOT_RUNNING' })
    expect(await stopDaemon(place.home)).toEqual({ stopped: false })
    const { client, daemon: next } = await place.start()
    expect(client.daemon.pid).toBe(next.child.pid)
  })

  it('is one of ten that were started at once; the others name it and end', async () => {
    const daemons = Array.from({ length: 10 }, () => place.spawn())
    const client = await place.connect()
    const winner = client.daemon.pid
    const losers = daemons.filter(({ child }) => child.pid !== winner)
    expect(losers).toHaveLength(9)
    for (const { ended } of losers) {
      const { code, output } = await ended
      expect(code).toBe(1)
      const error = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '')
      expect(error).toMatchObject({
        code: 'ALREADY_RUNNING',
        hint: 'use it, or end it first: tmo-scheduler stop',
      })
      expect(error.message).toBe(`a daemon already runs for ${place.home} (pid ${winner})`)
    }
    expect((await client.status()).pid).toBe(winner)
  })

  it('is one again each time one is killed and three are started in its place', async () => {
    for (let round = 0; round < 3; round += 1) {
      const daemons = [place.spawn(), place.spawn(), place.spawn()]
      const client = await place.connect()
      const losers = daemons.filter(({ child }) => child.pid !== client.daemon.pid)
      expect(losers).toHaveLength(2)
      for (const { ended } of losers) expect((await ended).code).toBe(1)
      daemons.find(({ child }) => child.pid === client.daemon.pid)?.child.kill('SIGKILL')
    }
  })

  it('ends by itself when its home is removed', async () => {
    const { daemon } = await place.start()
    rmSync(place.home, { recursive: true, force: true })
    const { code, output } = await daemon.ended
    expect(code).toBe(1)
    expect(output).toContain('was removed or replaced')
  })

  it('listens again when somebody removes its socket', async () => {
    const { client } = await place.start()
    rmSync(join(place.home, 'daemon.sock'))
    const again = await place.connect()
    expect(again.daemon.pid).toBe(client.daemon.pid)
    expect((await client.status()).counters.clients).toBe(2)
  })

  it('is started by a client that wants one, without the terminal and identity of its caller', async () => {
    const env = {
      ...place.env,
      TMUX: '/tmp/none,1,0',
      TMUX_PANE: '%1',
      TMO_AGENT: 'a/b',
      TMO_TOKEN: 'secret',
      KEPT: 'yes',
    }
    const client = await connectDaemon({ home: place.home, env, start: true })
    try {
      const words = readFileSync(`/proc/${client.daemon.pid}/environ`, 'utf8').split('\0')
      expect(words).toContain('KEPT=yes')
      expect(words.filter((word) => /^(TMUX|TMUX_PANE|TMO_AGENT|TMO_TOKEN)=/.test(word))).toEqual([])
      const stat = readFileSync(`/proc/${client.daemon.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      expect(stat[3]).toBe(String(client.daemon.pid))
      const second = await connectDaemon({ home: place.home, env, start: true })
      expect(second.daemon.pid).toBe(client.daemon.pid)
      await second.close()
    } finally {
      await client.close()
      await stopDaemon(place.home)
    }
  })

  it('is one when five clients want to start it at once', async () => {
    const clients = await Promise.all(
      Array.from({ length: 5 }, () => connectDaemon({ home: place.home, env: place.env, start: true })),
    )
    try {
      expect(new Set(clients.map((client) => client.daemon.pid)).size).toBe(1)
    } finally {
      for (const client of clients) await client.close()
      await stopDaemon(place.home)
    }
  })

  it('leaves the record of who it is for as long as it lives', async () => {
    const { daemon } = await place.start()
    const { record } = homePaths(place.home)
    expect(readRecord(record)).toMatchObject({
      pid: daemon.child.pid,
      socket: join(place.home, 'daemon.sock'),
    })
    await stopDaemon(place.home)
    expect(existsSync(record)).toBe(false)
  })

  it('is not waited for without end when it hangs', async () => {
    const { daemon } = await place.start()
    daemon.child.kill('SIGSTOP')
    const late = connectDaemon({ home: place.home, timeoutMs: 100 })
    await expect(late).rejects.toMatchObject({ code: 'TIMEOUT', details: { home: place.home } })
    const stopping = stopDaemon(place.home, { timeoutMs: 300 })
    await expect(stopping).rejects.toMatchObject({
      code: 'STOP_TIMEOUT',
      hint: `nothing is lost when it is killed: kill -9 ${daemon.child.pid}`,
    })
    daemon.child.kill('SIGCONT')
    expect((await daemon.ended).code).toBe(0)
  })

  it('is ended by SIGTERM when it cannot be asked', async () => {
    const { daemon, client } = await place.start()
    rmSync(join(place.home, 'daemon.sock'))
    expect(await stopDaemon(place.home)).toEqual({ stopped: true, pid: daemon.child.pid })
    expect((await daemon.ended).code).toBe(0)
    await waitFor(() =>
      client.status().then(
        () => undefined,
        () => true,
      ),
    )
  })
})
