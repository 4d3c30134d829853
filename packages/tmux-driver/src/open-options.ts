import type { SocketAddress } from './control-arguments.ts'
import { inheritedEnvironment, serverEnvironment } from './server-environment.ts'
import type { LinkOptions } from './server-link.ts'

/** Which server, which tmux program, and how long a command may take. */
export interface OpenOptions {
  /** The server's socket: a name (`tmux -L`) or an absolute path of at most 100 bytes (`tmux -S`). */
  readonly socket: SocketAddress
  /** The tmux program. @defaultValue 'tmux', found on PATH */
  readonly tmux?: string
  /** Configuration file of a server started here; `'none'` reads none. @defaultValue 'none' */
  readonly config?: 'none' | (string & {})
  /** Start the server when none runs. @defaultValue true */
  readonly start?: boolean
  /** Size of new sessions. @defaultValue 220 × 50 */
  readonly size?: { readonly cols: number; readonly rows: number }
  /** Lines of history per pane of a server started here. @defaultValue 5000 */
  readonly historyLimit?: number
  /**
   * Environment of a server started here; `PATH` is added when it has none, and a UTF-8 locale. Default: this
   * process's, without `TMUX`, `TMUX_PANE` and `TMO_*`.
   */
  readonly env?: Readonly<Record<string, string>>
  /** How long a command may take. @defaultValue 15000 */
  readonly timeoutMs?: number
  /** Stops the opening. */
  readonly signal?: AbortSignal
}

const defaults = {
  tmux: 'tmux',
  config: 'none',
  start: true,
  size: { cols: 220, rows: 50 },
  historyLimit: 5000,
  timeoutMs: 15_000,
} as const

export function toLinkOptions(options: OpenOptions): LinkOptions {
  const { tmux, config, ...rest } = { ...defaults, ...options }
  return {
    program: tmux,
    config: config === 'none' ? '/dev/null' : config,
    socket: rest.socket,
    start: rest.start,
    size: rest.size,
    historyLimit: rest.historyLimit,
    timeoutMs: rest.timeoutMs,
    env: serverEnvironment(
      options.env ?? inheritedEnvironment(process.env),
      process.env['PATH'],
      process.platform,
    ),
  }
}
