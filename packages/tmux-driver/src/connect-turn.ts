import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { SocketAddress } from './control-arguments.ts'
import { TmuxError } from './errors.ts'
import { inTurn } from './in-turn.ts'
import { KeySets } from './key-sets.ts'
import { lockAcrossProcesses } from './process-lock.ts'

/** A connection that can be kept from sending for a moment. */
export interface Holdable {
  /** Sends nothing more until released; resolves when all that was sent is answered. */
  hold(): Promise<void>
  release(): void
  /** Whether the server answers it, within that time. */
  answers(withinMs: number): Promise<boolean>
}

/** Longest time for which connections are kept from sending. */
const holdMs = 1000

const connections = new KeySets<Holdable>()

/** The socket's path, as tmux makes it of a name; one for all links to its folder. */
export function socketKey(socket: SocketAddress, env: Readonly<Record<string, string | undefined>>): string {
  if ('path' in socket) return join(realFolder(dirname(resolve(socket.path))), basename(socket.path))
  return join(realFolder(env['TMUX_TMPDIR'] || '/tmp'), `tmux-${process.getuid?.() ?? 0}`, socket.name)
}

function realFolder(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    // Not there, or not to be read: opening it will say so.
    return path
  }
}

export function register(key: string, connection: Holdable): void {
  connections.add(key, connection)
}

/** Whether the server answers one of the connections that this process has to it. */
export async function answersOne(key: string, withinMs: number): Promise<boolean> {
  const answers = await Promise.all([...connections.of(key)].map((one) => one.answers(withinMs)))
  return answers.includes(true)
}

export function unregister(key: string, connection: Holdable): void {
  connections.delete(key, connection)
}

/**
 * Runs what makes or ends a session, or connects, while nothing else of the kind runs. tmux up to 3.7 writes such news to every
 * control client, also to one that is still introducing itself, and crashes on it with all that runs in it: six clients that
 * connect at once end a 3.3a nine times of ten. Callers of this process take turns, and on Linux other processes wait too.
 *
 * @param options.holds whether all connections of this process are kept from sending meanwhile, for a second at most; not for
 * what itself needs one
 * @throws TmuxError TIMEOUT when the turn does not come in time; the signal's reason when it is aborted before.
 */
export async function inConnectTurn<T>(
  key: string,
  action: () => Promise<T>,
  { holds = false, signal, timeoutMs }: TurnOptions = {},
): Promise<T> {
  const step = async (): Promise<T> => {
    const lock = await lockAcrossProcesses(lockName(key))
    const held = holds ? hold(key) : undefined
    try {
      await held?.quiet
      return await action()
    } finally {
      held?.release()
      lock?.release()
    }
  }
  return await withDeadline(timeoutMs, signal, (bound) => inTurn(key, step, bound))
}

export interface TurnOptions {
  readonly holds?: boolean
  readonly signal?: AbortSignal | undefined
  /** How long to wait for the turn. @defaultValue as long as it takes */
  readonly timeoutMs?: number | undefined
}

/** Only the wait for the turn is bounded: what began goes on. */
async function withDeadline<T>(
  timeoutMs: number | undefined,
  signal: AbortSignal | undefined,
  run: (bound: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (timeoutMs === undefined) return await run(signal)
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(turnTimeout()), timeoutMs)
  try {
    return await run(signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]))
  } finally {
    clearTimeout(timer)
  }
}

function turnTimeout(): TmuxError {
  return new TmuxError(
    'TIMEOUT',
    'the tmux server could not be reached in time: another connection to it still begins',
    {
      hint: 'The server may be busy or stopped.',
    },
  )
}

function hold(key: string): { readonly quiet: Promise<unknown>; release(): void } {
  const held = [...connections.of(key)]
  let isHeld = true
  const release = (): void => {
    clearTimeout(timer)
    if (isHeld) for (const connection of held) connection.release()
    isHeld = false
  }
  let giveUp: () => void = () => undefined
  const tooLong = new Promise<void>((resolve) => {
    giveUp = resolve
  })
  const timer = setTimeout(() => {
    giveUp()
    release()
  }, holdMs)
  return { quiet: Promise.race([Promise.all(held.map((one) => one.hold())), tooLong]), release }
}

export function lockName(key: string): string {
  return `\0tmo-tmux-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`
}
