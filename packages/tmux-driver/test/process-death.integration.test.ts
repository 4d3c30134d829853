import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import type { Tmux } from '../src/index.ts'
import { hold } from './holding.ts'
import { buildProgram } from './run-program.ts'
import { hasNamespaces, withoutSetpriv } from './without-setpriv.ts'
import { openWorkRoom } from './work-room.ts'

/** What each of them holds beside its handle, and the signal by which it dies; `SIGUSR2` makes it throw. */
const deaths = [
  { holds: 'output', signal: 'SIGKILL' },
  { holds: 'a handle', signal: 'SIGKILL' },
  { holds: 'output', signal: 'SIGUSR2' },
] as const

const kinds: readonly { title: string; wrapper: readonly string[]; rounds: number; runs: boolean }[] = [
  { title: 'processes that die with two clients each', wrapper: [], rounds: 5, runs: true },
  { title: 'those whose clients stay', wrapper: withoutSetpriv, rounds: 2, runs: hasNamespaces },
]

for (const { title, wrapper, rounds, runs } of kinds) {
  it.runIf(runs)(
    `${title} leave the server and its sessions as they were, and none of their own`,
    { timeout: 90_000 },
    async () => {
      await using program = await buildProgram(new URL('programs/held.ts', import.meta.url))
      for (let round = 0; round < rounds; round += 1) {
        await using room = await openWorkRoom()
        const { tmux } = room
        const before = await sessionsAndClients(tmux)
        const { server } = tmux
        const words = [...wrapper, process.execPath, program.path, server.socketPath]
        const held = await Promise.all(deaths.map(({ holds }) => hold([...words, holds])))
        // All are there by now: a client that comes while others go could end a server by itself.
        for (const [at, child] of held.entries()) child.kill(deaths[at]?.signal)
        await Promise.all(held.map((child) => ended(child)))
        await expect.poll(() => sessionsAndClients(tmux), { timeout: 60_000 }).toEqual(before)
        expect([tmux.server, tmux.processesStarted]).toEqual([server, 1])
      }
    },
  )
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

async function sessionsAndClients(tmux: Tmux): Promise<readonly string[]> {
  const sessions = await tmux.raw(['list-sessions', '-F', '#{session_name}'])
  return [...sessions.lines, ...(await tmux.raw(['list-clients', '-F', '#{client_pid}'])).lines]
}
