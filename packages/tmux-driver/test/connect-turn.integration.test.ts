import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { inConnectTurn, lockName } from '../src/connect-turn.ts'
import { Tmux } from '../src/index.ts'
import { temporaryServer } from '../src/testing.ts'

it('ten handles that open at once, make sessions and close, again and again, leave the server alive', async () => {
  await using server = await temporaryServer()
  const { pid } = server.tmux.server
  const once = async (n: number): Promise<number> => {
    await using tmux = await Tmux.open({ socket: { path: server.socketPath }, start: false })
    const { session } = await tmux.newSession({ name: `s${n}`, command: ['cat', '-'] })
    await tmux.killSession(session)
    return tmux.server.pid
  }
  for (let round = 0; round < 6; round += 1) {
    expect(await Promise.all(Array.from({ length: 10 }, (_, n) => once(n)))).toEqual(Array(10).fill(pid))
  }
  expect((await server.tmux.raw(['display-message', '-p', '#{pid}'])).lines).toEqual([String(pid)])
})

it('commands that others have in flight while a handle opens are answered', async () => {
  await using server = await temporaryServer()
  const path = server.socketPath
  let isOver = false
  const asking = (async () => {
    for (let n = 0; !isOver; n += 1) {
      const { lines } = await server.tmux.raw(['display-message', '-p', String(n)])
      expect(lines).toEqual([String(n)])
    }
  })()
  for (let round = 0; round < 10; round += 1) await (await Tmux.open({ socket: { path } })).close()
  isOver = true
  await asking
})

it.runIf(process.platform === 'linux')(
  'another process that connects is waited for, but not for ever',
  async () => {
    const key = `/tmp/tmo-${randomUUID()}`
    const script = `require('net').createServer().listen(process.argv[1].replace('@', '\\0'), () => console.log('held'))`
    const child = spawn(process.execPath, ['-e', script, lockName(key).replace('\0', '@')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      await once(child.stdout, 'data')
      const started = performance.now()
      const waited = inConnectTurn(key, async () => performance.now() - started)
      expect(await waited).toBeGreaterThan(500)
      child.kill('SIGKILL')
      await once(child, 'close')
      const other = inConnectTurn(key, async () => {
        await once(createServer().listen(lockName(key)), 'listening')
      })
      await expect(other).rejects.toMatchObject({ code: 'EADDRINUSE' })
    } finally {
      child.kill('SIGKILL')
    }
  },
)
