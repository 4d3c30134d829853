import { anchorCommands, anchorProgram } from './anchor-session.ts'
import { TmuxError } from './errors.ts'
import { formatList } from './quote.ts'
import { surely } from './unfinished.ts'

/** A tmux server's socket, by name (`tmux -L`) or path (`tmux -S`). */
export type SocketAddress = { readonly name: string } | { readonly path: string }

export interface ControlArguments {
  readonly socket: SocketAddress
  readonly config: string
  readonly start: boolean
  readonly size: { readonly cols: number; readonly rows: number }
  readonly historyLimit: number
  /** The name of the anchor session. */
  readonly anchor: string
  /** See {@link anchorCommands}. */
  readonly endsWithUs: boolean
  /** Flags of the client. */
  readonly flags: string
}

const socketPathBytesMax = 100

/**
 * The arguments of the one process that a handle holds: a control client in an *anchor* session of its own. A server that has no session yet was started by this very command, and only then are
 * its defaults set.
 */
export function controlArguments(o: ControlArguments): readonly string[] {
  const { cols, rows } = o.size
  const started = formatList([
    ['set-option', '-g', 'history-limit', String(o.historyLimit)],
    ['set-option', '-g', 'default-size', `${cols}x${rows}`],
  ])
  return [
    '-u',
    ...(o.start ? [] : ['-N']),
    ...socketArguments(o.socket),
    ...['-f', o.config, '-C'],
    ...['if-shell', '-F', surely('#{?#{S:x},0,1}'), started, ';'],
    ...['new-session', '-s', o.anchor, '-n', 'anchor', '-f', o.flags],
    ...['-x', String(cols), '-y', String(rows), '--', ...anchorProgram],
    ...anchorCommands({ name: o.anchor, endsWithUs: o.endsWithUs }).flatMap((command) => [';', ...command]),
  ]
}

export function socketArguments(socket: SocketAddress): readonly string[] {
  if ('name' in socket) {
    if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/.test(socket.name)) return ['-L', socket.name]
    throw new TmuxError('BAD_NAME', `not a tmux socket name: ${JSON.stringify(socket.name)}`, {
      details: { target: socket.name },
      hint: 'Use letters, digits, ".", "_" and "-", at most 64 of them.',
    })
  }
  const bytes = Buffer.byteLength(socket.path)
  if (socket.path.startsWith('/') && bytes <= socketPathBytesMax) return ['-S', socket.path]
  throw new TmuxError('BAD_NAME', `not a usable tmux socket path (${bytes} bytes): ${socket.path}`, {
    details: { target: socket.path },
    hint: `Use an absolute path of at most ${socketPathBytesMax} bytes.`,
  })
}
