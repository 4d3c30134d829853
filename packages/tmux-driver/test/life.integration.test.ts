import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isTmuxError, Tmux } from '../src/index.ts'
import { isProcessAlive } from '../src/process-alive.ts'
import { temporaryServer } from '../src/testing.ts'

const failure = (code: Parameters<typeof isTmuxError>[1]): unknown =>
  expect.toSatisfy((error: unknown) => isTmuxError(error, code), code)

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tmo-'))
})

afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

async function script(name: string, body: string): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, `#!/bin/sh\n${body}\n`)
  await chmod(path, 0o755)
  return path
}

describe('opening', () => {
  it('starts a server with one process, and a second handle shares it', async () => {
    await using server = await temporaryServer()
    await using second = await Tmux.open({ socket: { path: server.socketPath } })
    expect(second.server).toEqual(server.tmux.server)
    expect(server.tmux.server.socketPath).toBe(server.socketPath)
    expect([server.tmux.processesStarted, second.processesStarted]).toEqual([1, 1])
    expect(server.tmux.version.major).toBeGreaterThanOrEqual(3)
    await server.tmux.newSession({ name: 'work', command: ['cat', '-'] })
    expect(await second.list({ fields: ['sessionName'] })).toEqual([{ sessionName: 'work' }])
    expect(await server.tmux.list({ fields: ['sessionName'] })).toEqual([{ sessionName: 'work' }])
  })

  it('does not start a server when told not to', async () => {
    const socket = { path: join(directory, 's') }
    await expect(Tmux.open({ socket, start: false })).rejects.toEqual(failure('NO_SERVER'))
    await expect(Tmux.open({ socket, start: false })).rejects.toEqual(failure('NO_SERVER'))
  })

  it('names a missing program and how to install it', async () => {
    const attempt = Tmux.open({ socket: { path: join(directory, 's') }, tmux: join(directory, 'no-tmux') })
    await expect(attempt).rejects.toMatchObject({
      code: 'TMUX_NOT_FOUND',
      hint: expect.stringContaining('apt install'),
    })
  })

  it('names a program that is no tmux', async () => {
    const tmux = await script('tmux', 'echo "what?" >&2; exit 1')
    await expect(Tmux.open({ socket: { path: join(directory, 's') }, tmux })).rejects.toEqual(
      failure('TMUX_NOT_FOUND'),
    )
  })

  it('refuses a tmux older than 3.2, whether it knows our flags or not', async () => {
    const socket = { path: join(directory, 's') }
    const usage = await script(
      'tmux-usage',
      `if [ "$1" = -V ]; then echo "tmux 3.1c"; exit; fi
      echo "tmux: unknown option -- f" >&2; echo "error connecting to /s (No such file or directory)" >&2; exit 1`,
    )
    await expect(Tmux.open({ socket, tmux: usage })).rejects.toMatchObject({
      code: 'TMUX_VERSION',
      message: expect.stringContaining('3.1c'),
    })
    const answers = await script(
      'tmux-answers',
      'read a; read b; echo "%begin 1 1 1"; printf "3.1c\\n1\\n1\\n/s\\n"; echo "%end 1 1 1"; echo "%begin 1 2 1"; echo $b | cut -d" " -f3; echo "%end 1 2 1"; exec cat',
    )
    await expect(Tmux.open({ socket, tmux: answers })).rejects.toEqual(failure('TMUX_VERSION'))
  })

  it('refuses to talk to a server of another protocol', async () => {
    const tmux = await script('tmux', 'echo "protocol version mismatch (client 8, server 7)" >&2; exit 1')
    await expect(Tmux.open({ socket: { path: join(directory, 's') }, tmux })).rejects.toEqual(
      failure('TMUX_VERSION'),
    )
  })

  it('gives up on a program that says nothing', async () => {
    const tmux = await script('tmux', 'exec sleep 600')
    const attempt = Tmux.open({ socket: { path: join(directory, 's') }, tmux, timeoutMs: 200 })
    await expect(attempt).rejects.toEqual(failure('TIMEOUT'))
  })

  it('stops when its signal is aborted, with the reason of the signal', async () => {
    const tmux = await script('tmux', 'exec sleep 600')
    const stop = new AbortController()
    const attempt = Tmux.open({ socket: { path: join(directory, 's') }, tmux, signal: stop.signal })
    const reason = new Error('enough')
    stop.abort(reason)
    await expect(attempt).rejects.toBe(reason)
  })

  it('tries again when the server was on its way out', async () => {
    const tmux = await script(
      'tmux',
      `if [ -e ${join(directory, 'tried')} ]; then exec tmux "$@"; fi; touch ${join(directory, 'tried')}; echo "server exited unexpectedly" >&2; exit 1`,
    )
    const handle = await Tmux.open({ socket: { path: join(directory, 's') }, tmux })
    expect(handle.processesStarted).toBe(2)
    await handle.killServer()
    await handle.close()
  })

  it.each([[{ path: 'relative' }], [{ path: `/${'x'.repeat(100)}` }], [{ name: '../up' }], [{ name: '' }]])(
    'refuses the socket %j',
    async (socket) => {
      await expect(Tmux.open({ socket })).rejects.toEqual(failure('BAD_NAME'))
    },
  )

  it('takes the place of a server that left its socket behind', async () => {
    await using server = await temporaryServer()
    const { pid } = server.tmux.server
    process.kill(pid, 'SIGKILL')
    await once(server.tmux.events, 'server:lost')
    await using second = await Tmux.open({ socket: { path: server.socketPath } })
    expect(second.server.pid).not.toBe(pid)
  })
})

describe('a hostile room', () => {
  it("keeps the user's configuration out", async () => {
    const traps = [
      'set -g destroy-unattached on',
      'set -g default-command "touch trap"',
      'set-hook -g after-new-window kill-server',
    ]
    await writeFile(join(directory, '.tmux.conf'), traps.join('\n'))
    const env = {
      HOME: directory,
      XDG_CONFIG_HOME: directory,
      TMUX: '/tmp/other,1,0',
      TMUX_PANE: '%7',
      LANG: 'C',
    }
    await using server = await temporaryServer({ env })
    const { session, pane } = await server.tmux.newSession({
      name: 'work',
      cwd: directory,
      command: ['cat', '-'],
    })
    await server.tmux.newWindow({ session, command: ['cat', '-'] })
    expect(await server.tmux.list({ fields: ['session'] })).toEqual([{ session }, { session }])
    await server.tmux.paste(pane, 'é日本👩‍💻')
    await expect.poll(async () => (await server.tmux.capture(pane)).lines[0]).toBe('é日本👩‍💻')
  })

  it('reads the configuration that it is given', async () => {
    const config = join(directory, 'tmux.conf')
    await writeFile(config, 'set -g @from-config yes')
    await using server = await temporaryServer({ config })
    expect((await server.tmux.raw(['show-options', '-gv', '@from-config'])).lines).toEqual(['yes'])
  })

  it('sets history and size on a server that it starts, and nothing on one that it finds', async () => {
    await using server = await temporaryServer({ historyLimit: 1234, size: { cols: 90, rows: 20 } })
    await using second = await Tmux.open({ socket: { path: server.socketPath }, historyLimit: 1 })
    const { session } = await second.newSession({
      name: 'work',
      size: { cols: 101, rows: 31 },
      command: ['cat', '-'],
    })
    await second.newWindow({ session, command: ['cat', '-'] })
    expect(await second.list({ fields: ['width', 'height'] })).toEqual([
      { width: 101, height: 31 },
      { width: 101, height: 31 },
    ])
    expect((await second.raw(['show-options', '-gv', 'history-limit'])).lines).toEqual(['1234'])
  })

  it('gives what it starts neither our tmux variables nor our secrets', async () => {
    process.env['TMO_TEST_SECRET'] = 'secret'
    try {
      await using server = await temporaryServer()
      const { lines } = await server.tmux.raw(['show-environment', '-g'])
      expect(lines.filter((line) => /^TMO_|^TMUX_PANE/.test(line))).toEqual([])
    } finally {
      delete process.env['TMO_TEST_SECRET']
    }
  })
})

describe('losing the server', () => {
  it('rejects what is in flight with an unknown outcome, and the next command finds a new server', async () => {
    await using server = await temporaryServer()
    const { tmux } = server
    const { pid } = tmux.server
    const { pane } = await tmux.newSession({ name: 'work', command: ['cat', '-'] })
    const lost = once(tmux.events, 'server:lost')
    process.kill(pid, 'SIGSTOP')
    const inFlight = tmux.setOption(pane, '@x', 'y')
    const rejected = expect(inFlight).rejects.toMatchObject({
      code: 'SERVER_LOST',
      details: { outcome: 'unknown' },
    })
    await new Promise((resolve) => setImmediate(resolve))
    process.kill(pid, 'SIGKILL')
    await rejected
    expect(await lost).toEqual([{ reason: expect.any(String) }])
    expect(tmux.isConnected).toBe(false)
    const back = once(tmux.events, 'server:reconnected')
    expect(await tmux.list({ fields: ['pane'] })).toEqual([])
    expect(tmux.server.pid).not.toBe(pid)
    expect(await back).toEqual([{ pid: tmux.server.pid }])
    expect(tmux.processesStarted).toBe(2)
  })

  it('never sends a command that names an id of the old server to the new one', async () => {
    await using server = await temporaryServer()
    const { tmux } = server
    const { pane } = await tmux.newSession({ name: 'work', command: ['cat', '-'] })
    process.kill(tmux.server.pid, 'SIGKILL')
    await once(tmux.events, 'server:lost')
    await using other = await Tmux.open({ socket: { path: server.socketPath } })
    const twin = await other.newSession({ name: 'other', command: ['cat', '-'] })
    expect(twin.pane).toBe(pane)
    await expect(tmux.killPane(pane)).rejects.toMatchObject({ code: 'SERVER_LOST', details: {} })
    expect(await other.list({ fields: ['pane'] })).toEqual([{ pane }])
  })

  it('connects again to the same server when only the connection was lost', async () => {
    await using server = await temporaryServer()
    const { tmux } = server
    const before = tmux.server
    const { pane } = await tmux.newSession({ name: 'work', command: ['cat', '-'] })
    const lost = once(tmux.events, 'server:lost')
    await tmux
      .raw([
        'kill-session',
        '-t',
        (await tmux.raw(['display-message', '-p', '#{session_name}'])).lines[0] ?? '',
      ])
      .catch((error: unknown) => expect(error).toEqual(failure('SERVER_LOST')))
    await lost
    await tmux.reconnect()
    expect(tmux.server).toEqual(before)
    expect(await tmux.killPane(pane)).toBe(true)
  })

  it('answers each of a thousand commands exactly once when the server dies among them', async () => {
    await using server = await temporaryServer()
    const { tmux } = server
    const sends = Array.from({ length: 1000 }, (_, n) => tmux.raw(['display-message', '-p', String(n)]))
    process.kill(tmux.server.pid, 'SIGKILL')
    for (const [n, outcome] of (await Promise.allSettled(sends)).entries()) {
      if (outcome.status === 'fulfilled') expect(outcome.value.lines).toEqual([String(n)])
      else expect(outcome.reason).toEqual(failure('SERVER_LOST'))
    }
  })

  it('without leave to start one says so', async () => {
    await using server = await temporaryServer()
    const follower = await Tmux.open({ socket: { path: server.socketPath }, start: false })
    process.kill(server.tmux.server.pid, 'SIGKILL')
    await once(follower.events, 'server:lost')
    await expect(follower.list({ fields: ['pane'] })).rejects.toEqual(failure('NO_SERVER'))
    await follower.close()
  })
})

describe('ending', () => {
  it('closing leaves sessions and their programs alone, and takes our own session along', async () => {
    await using server = await temporaryServer()
    const second = await Tmux.open({ socket: { path: server.socketPath } })
    const { session } = await second.newSession({ name: 'work', command: ['cat', '-'] })
    await second.close()
    await second.close()
    await expect(second.list({ fields: ['pane'] })).rejects.toEqual(failure('CLOSED'))
    expect(await server.tmux.hasSession('work')).toBe(session)
    expect((await server.tmux.raw(['list-sessions', '-F', '#{session_name}'])).lines).toHaveLength(2)
  })

  it('closing waits for the commands that are in flight', async () => {
    await using server = await temporaryServer()
    const second = await Tmux.open({ socket: { path: server.socketPath } })
    const sends = Array.from({ length: 500 }, (_, n) => second.raw(['display-message', '-p', String(n)]))
    await second.close()
    expect((await Promise.all(sends)).map(({ lines }) => lines[0])).toEqual(
      Array.from({ length: 500 }, (_, n) => `${n}`),
    )
  })

  it('a server without sessions ends with the last handle', async () => {
    const socket = { path: join(directory, 's') }
    const tmux = await Tmux.open({ socket })
    await tmux.close()
    await expect.poll(() => isProcessAlive(tmux.server.pid)).toBe(false)
  })

  it('killing the server is over when its process is gone, and killing none is nothing', async () => {
    const socket = { path: join(directory, 's') }
    const tmux = await Tmux.open({ socket })
    await tmux.newSession({ name: 'work', command: ['cat', '-'] })
    const { pid } = tmux.server
    await tmux.killServer()
    expect(isProcessAlive(pid)).toBe(false)
    await tmux.killServer()
    await tmux.close()
    await expect(Tmux.open({ socket, start: false })).rejects.toEqual(failure('NO_SERVER'))
  })

  it('a stopped server makes commands time out, and they answer again when it goes on', async () => {
    await using server = await temporaryServer()
    const { tmux } = server
    process.kill(tmux.server.pid, 'SIGSTOP')
    try {
      await expect(tmux.raw(['display-message', '-p', 'late'], { timeoutMs: 300 })).rejects.toMatchObject({
        code: 'TIMEOUT',
        details: { outcome: 'unknown' },
      })
    } finally {
      process.kill(tmux.server.pid, 'SIGCONT')
    }
    expect((await tmux.raw(['display-message', '-p', 'next'], { timeoutMs: 10_000 })).lines).toEqual(['next'])
  })

  it('an aborted command rejects with the reason of its signal and shifts no other', async () => {
    await using server = await temporaryServer()
    const { tmux } = server
    const stop = new AbortController()
    const reason = new Error('enough')
    const aborted = tmux.raw(['display-message', '-p', 'a'], { signal: stop.signal })
    const kept = tmux.raw(['display-message', '-p', 'b'])
    stop.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    expect((await kept).lines).toEqual(['b'])
    await expect(tmux.list({ fields: ['pane'], signal: stop.signal })).rejects.toBe(reason)
  })
})

/** User and system time of a process, in ticks. */
async function ticks(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')
  return Number(fields[11]) + Number(fields[12])
}

it.runIf(process.platform === 'linux')(
  'a handle that is only held starts nothing and uses no time',
  async () => {
    await using server = await temporaryServer()
    const { tmux } = server
    await tmux.newSession({ name: 'work', command: ['cat', '-'] })
    const before = await ticks(tmux.server.pid)
    const until = performance.now() + 2000
    await expect.poll(() => performance.now() > until, { timeout: 5000 }).toBe(true)
    expect((await ticks(tmux.server.pid)) - before).toBeLessThanOrEqual(1)
    expect(tmux.processesStarted).toBe(1)
  },
)
