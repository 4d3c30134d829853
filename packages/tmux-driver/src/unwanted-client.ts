import { execFile } from 'node:child_process'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { answersOne } from './connect-turn.ts'
import { type SocketAddress, socketArguments } from './control-arguments.ts'
import type { ControlConnection } from './control-connection.ts'
import { KeySets } from './key-sets.ts'

/** How long a client that nobody wants any more may take to introduce itself. */
export const introductionMs = 60_000
const probe = { everyMs: 300, timeoutMs: 1000, graceMs: 1000 }

/** Those that are still let finish, by socket. */
const kept = new KeySets<ControlConnection>()

/** Ends them at once: their server ends, and would wait for them. */
export function endKept(path: string): void {
  for (const connection of kept.of(path)) connection.abandon()
}

interface Place {
  readonly program: string
  readonly env: Record<string, string>
  readonly socket: SocketAddress
  readonly path: string
}

/**
 * Ends a client that has not introduced itself, as soon as that can harm nobody: at once where there is no server; else when the server
 * answers others, so that it will never hear this one (it may open no more files, say), or has been silent for long.
 */
export async function endUnwanted(connection: ControlConnection, place: Place): Promise<void> {
  const { path } = place
  kept.add(path, connection)
  if (await isServed(path)) {
    for (const end = performance.now() + introductionMs; performance.now() < end && connection.isOpen; ) {
      const answers = await Promise.all([answersOthers(place), answersOne(place.path, probe.timeoutMs)])
      if (answers.includes(true)) {
        await Promise.race([connection.ended, setTimeout(probe.graceMs, undefined, { ref: false })])
        break
      }
      await Promise.race([connection.ended, setTimeout(probe.everyMs, undefined, { ref: false })])
    }
  }
  connection.abandon()
  kept.delete(path, connection)
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Asks as a plain client, which tells the server nothing that could harm it. */
function answersOthers({ program, env, socket }: Place): Promise<boolean> {
  const argv = ['-N', ...socketArguments(socket), '-f', '/dev/null', 'display-message', '-p', 'x']
  return new Promise((resolve) => {
    const options = { env, timeout: probe.timeoutMs, killSignal: 'SIGKILL', maxBuffer: 4096 } as const
    execFile(program, argv, options, (error) => resolve(error === null))
  })
}
