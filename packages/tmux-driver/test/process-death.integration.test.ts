import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { expect, it, onTestFinished } from 'vitest'
import type { Tmux } from '../src/index.ts'
import { buildProgram } from './run-program.ts'
import { openWorkRoom } from './work-room.ts'

/** What each of them holds beside its handle, and the signal by which it dies; `SIGUSR2` makes it throw. */
const deaths = [
  { holds: 'output', signal: 'SIGKILL' },
  { holds: 'a handle', signal: 'SIGKILL' },
  { holds: 'output', signal: 'SIGUSR2' },
] as const
const hasNamespaces = process.platform === 'linux' && spawnSync('unshare', ['-rm', 'true']).status === 0
/** A place in which no program can be told to end with another. */
const withoutSetpriv = [
  'unshare',
  '-rm',
  'sh',
  '-c',
  'mount --bind /dev/null /usr/bin/setpriv; exec "$@"',
  'sh',
]

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
        const [command = '', ...words] = [...wrapper, process.execPath, program.path, server.socketPath]
        const held = await Promise.all(deaths.map(({ holds }) => hold(command, [...words, holds])))
        // All are there by now: a client that comes while others go could end a server by itself.
        for (const [at, child] of held.entries()) child.kill(deaths[at]?.signal)
        await Promise.all(held.map((child) => ended(child)))
        await expect.poll(() => sessionsAndClients(tmux), { timeout: 60_000 }).toEqual(before)
        expect([tmux.server, tmux.processesStarted]).toEqual([server, 1])
      }
    },
  )
}

/** Started, and in possession of its two clients. */
async function hold(command: string, words: readonly string[]): Promise<ChildProcess> {
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'ignore'] })
  const said = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  expect(String(said[0])).toBe('ready\n')
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

async function sessionsAndClients(tmux: Tmux): Promise<readonly string[]> {
  const sessions = await tmux.raw(['list-sessions', '-F', '#{session_name}'])
  return [...sessions.lines, ...(await tmux.raw(['list-clients', '-F', '#{client_pid}'])).lines]
}
