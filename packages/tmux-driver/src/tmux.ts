import type { EventEmitter } from 'node:events'
import { remindOfChildren } from './child-reminder.ts'
import { CommandRunner } from './command-runner.ts'
import {
  type CreatedSession,
  type CreatedWindow,
  type NewSessionOptions,
  type NewWindowOptions,
  newSessionLine,
  newWindowLine,
  type PaneSpec,
  paneArguments,
  parseCreated,
  requireCount,
  requireDirectory,
  requireName,
} from './creation.ts'
import { isTmuxError, type TmuxError } from './errors.ts'
import {
  type PaneId,
  parsePaneId,
  parseSessionId,
  parseWindowId,
  type SessionId,
  type WindowId,
} from './ids.ts'
import { type OpenOptions, toLinkOptions } from './open-options.ts'
import {
  asksForDeath,
  lacksStatus,
  listLine,
  type PaneField,
  type PaneRow,
  parseRows,
  requireOptionName,
} from './pane-fields.ts'
import { PaneInput, type PasteOptions } from './pane-input.ts'
import { formatCommand, formatList } from './quote.ts'
import { type CaptureOptions, captureLine, parseScreen, type Screen } from './screen.ts'
import { endServer } from './server-end.ts'
import { ServerLink, type TmuxServer } from './server-link.ts'
import type { TmuxEvents } from './tmux-events.ts'
import type { TmuxVersion } from './version.ts'

export type WindowOutcome =
  | ({ readonly status: 'created' } & CreatedWindow)
  | { readonly status: 'failed'; readonly error: TmuxError }

/**
 * One tmux server, over one control-mode connection. Closing it leaves sessions as they are.
 *
 * Any method rejects with `SERVER_LOST` when the connection is lost while it runs (the next call makes a new one),
 * `TIMEOUT` when tmux does not answer, and `CLOSED` after `close()`.
 *
 * @example
 * await using tmux = await Tmux.open({ socket: { name: 'demo' } })
 * const { pane } = await tmux.newSession({ name: 'work', command: ['cat', '-'] })
 * await tmux.paste(pane, 'hello')
 */
export class Tmux implements AsyncDisposable {
  readonly #link: ServerLink
  readonly #size: { readonly cols: number; readonly rows: number }
  readonly #runner: CommandRunner
  readonly #input: PaneInput

  private constructor(link: ServerLink, size: { readonly cols: number; readonly rows: number }) {
    this.#link = link
    this.#runner = new CommandRunner(link)
    this.#input = new PaneInput(this.#runner)
    this.#size = size
  }

  /**
   * Connects to the server on a socket, and starts it when none runs there.
   *
   * @throws TmuxError TMUX_NOT_FOUND, TMUX_VERSION (older than 3.2), NO_SERVER (with `start: false`), BAD_NAME
   * (socket), TIMEOUT, COMMAND_FAILED.
   */
  static async open(options: OpenOptions): Promise<Tmux> {
    const linkOptions = toLinkOptions(options)
    const link = new ServerLink(linkOptions)
    await link.connect(linkOptions.start, options.signal)
    return new Tmux(link, linkOptions.size)
  }

  get events(): EventEmitter<TmuxEvents> {
    return this.#link.events
  }

  /** The server's version. */
  get version(): TmuxVersion {
    return this.#link.version
  }

  /** The server last connected to. After it changed, ids handed out before name nothing, or something else. */
  get server(): TmuxServer {
    return this.#link.server
  }

  get isConnected(): boolean {
    return this.#link.isConnected
  }

  /** tmux processes that this handle has started so far; one per connection. */
  get processesStarted(): number {
    return this.#link.processesStarted
  }

  /** Connects again when the connection was lost; otherwise does nothing. */
  async reconnect(): Promise<void> {
    await this.#link.connect()
  }

  /**
   * Makes a detached session with one window.
   *
   * @throws TmuxError BAD_NAME, NAME_TAKEN, NO_SUCH_DIRECTORY, COMMAND_FAILED.
   */
  async newSession(options: NewSessionOptions): Promise<CreatedSession> {
    const cwd = options.cwd ?? process.cwd()
    const line = newSessionLine(options, options.size ?? this.#size, cwd)
    await requireDirectory(cwd)
    return parseCreated((await this.#runner.run(line, { fenced: true }))[0])
  }

  /**
   * Makes a window at the end of a session, without selecting it.
   *
   * @throws TmuxError NO_SUCH_TARGET, BAD_NAME, NO_SUCH_DIRECTORY, COMMAND_FAILED.
   */
  async newWindow(options: NewWindowOptions): Promise<CreatedWindow> {
    const line = newWindowLine({ ...options, session: parseSessionId(options.session) })
    if (options.cwd !== undefined) await requireDirectory(options.cwd)
    const created = parseCreated((await this.#runner.run(line, { fenced: true, target: options.session }))[0])
    return { window: created.window, pane: created.pane }
  }

  /** Makes many windows, `concurrency` at a time (default 16); one that fails does not stop the others. */
  async newWindows(
    specs: readonly NewWindowOptions[],
    options: { readonly concurrency?: number; readonly signal?: AbortSignal } = {},
  ): Promise<readonly WindowOutcome[]> {
    const { concurrency = 16 } = options
    requireCount(concurrency)
    const outcomes: WindowOutcome[] = []
    while (outcomes.length < specs.length) {
      options.signal?.throwIfAborted()
      const batch = specs.slice(outcomes.length, outcomes.length + concurrency)
      outcomes.push(...(await Promise.all(batch.map((spec) => this.#attemptWindow(spec)))))
    }
    return outcomes
  }

  /**
   * All panes of the server in one command, the fields that are named; never the driver's own. A window that is
   * linked into several sessions is listed once for each.
   */
  async list<const F extends readonly PaneField[]>(options: {
    readonly fields: F
    readonly signal?: AbortSignal
  }): Promise<readonly PaneRow<F>[]> {
    const { fields, signal } = options
    if (fields.length === 0) throw new TypeError('list() needs at least one field')
    const secret = this.#runner.secret
    const line = listLine(fields, secret)
    const ask = async (): Promise<readonly PaneRow<F>[]> => {
      const [block] = await this.#runner.run(line, { fenced: true, signal })
      return parseRows(fields, secret, block?.lines ?? [])
    }
    if (!asksForDeath(fields)) return ask()
    if (this.isConnected) remindOfChildren(this.server.pid)
    const rows = await ask()
    return rows.some(lacksStatus) ? ask() : rows
  }

  /** What a pane shows. A dead pane still has its last screen. @throws TmuxError NO_SUCH_TARGET. */
  async capture(pane: PaneId, options: CaptureOptions = {}): Promise<Screen> {
    const target = parsePaneId(pane)
    const line = captureLine(target, options)
    return parseScreen(await this.#runner.run(line, { fenced: true, target, signal: options.signal }))
  }

  /**
   * Puts text into a pane as a paste. That it was handed over says nothing of its being read: watch the pane.
   *
   * @throws TmuxError NO_SUCH_TARGET, PANE_DEAD, PANE_IN_MODE; then nothing was sent.
   */
  paste(pane: PaneId, text: string, options: PasteOptions = {}): Promise<void> {
    return this.#input.paste(pane, text, options)
  }

  /**
   * Presses keys by their tmux names: `Enter`, `C-c`, `Escape`, `Up`, `y`.
   *
   * @throws TmuxError as {@link paste}; TypeError for what is no key's name.
   */
  keys(pane: PaneId, ...keys: readonly string[]): Promise<void> {
    return this.#input.keys(pane, keys)
  }

  /** Types text letter by letter, control characters and all. @throws TmuxError as {@link paste}. */
  type(pane: PaneId, literal: string): Promise<void> {
    return this.#input.type(pane, literal)
  }

  /** Ends copy mode in a pane; does nothing where there is none. @throws TmuxError NO_SUCH_TARGET. */
  leaveMode(pane: PaneId): Promise<void> {
    return this.#input.leaveMode(pane)
  }

  /** Sets a user option. @throws TmuxError NO_SUCH_TARGET. */
  async setOption(target: SessionId | WindowId | PaneId, name: `@${string}`, value: string): Promise<void> {
    const line = formatCommand(['set-option', ...scopeOf(target), '--', requireOptionName(name), value])
    await this.#runner.run(line, { target })
  }

  /** A user option as set on the target itself; `undefined` when it is not. @throws TmuxError NO_SUCH_TARGET. */
  async getOption(target: SessionId | WindowId | PaneId, name: `@${string}`): Promise<string | undefined> {
    const line = formatList([
      ['show-options', '-v', '-q', ...scopeOf(target), '--', requireOptionName(name)],
      ['has-session', '-t', target],
    ])
    const [block] = await this.#runner.run(line, { fenced: true, target })
    return block === undefined || block.lines.length === 0 ? undefined : block.lines.join('\n')
  }

  /** The session of exactly this name. @throws TmuxError BAD_NAME. */
  async hasSession(name: string): Promise<SessionId | undefined> {
    const target = `=${requireName(name)}:`
    const [block] = await this.#runner.run(
      formatCommand(['display-message', '-p', '-t', target, '#{session_id}']),
      {},
    )
    const id = block?.lines[0] ?? ''
    return id === '' ? undefined : parseSessionId(id)
  }

  /** Resizes one window. @throws TmuxError NO_SUCH_TARGET. */
  async resize(window: WindowId, size: { readonly cols: number; readonly rows: number }): Promise<void> {
    const target = parseWindowId(window)
    const { cols, rows } = size
    const argv = ['resize-window', '-t', target, '-x', requireCount(cols), '-y', requireCount(rows)]
    await this.#runner.run(formatCommand(argv), { target })
  }

  /** Starts a program in a pane whose program has ended; one that still runs is ended. @throws TmuxError NO_SUCH_TARGET. */
  async respawn(pane: PaneId, spec: PaneSpec = {}): Promise<void> {
    const target = parsePaneId(pane)
    const line = formatCommand(['respawn-pane', '-k', '-t', target, ...paneArguments(spec)])
    if (spec.cwd !== undefined) await requireDirectory(spec.cwd)
    await this.#runner.run(line, { target })
  }

  /** Ends a pane; `false` when there is none of that id. */
  async killPane(pane: PaneId): Promise<boolean> {
    return this.#kill('kill-pane', parsePaneId(pane))
  }

  /** Ends a window; `false` when there is none of that id. */
  async killWindow(window: WindowId): Promise<boolean> {
    return this.#kill('kill-window', parseWindowId(window))
  }

  /** Ends a session; `false` when there is none of that id. */
  async killSession(session: SessionId): Promise<boolean> {
    return this.#kill('kill-session', parseSessionId(session))
  }

  /** Ends the server with all that runs in it, and waits until its process is gone. */
  killServer(): Promise<void> {
    return endServer(this.#link)
  }

  /**
   * Runs any tmux command, its words quoted here. A command that waits (`wait-for`) holds up all others.
   *
   * @throws TmuxError COMMAND_FAILED, NO_SUCH_TARGET.
   */
  async raw(
    argv: readonly string[],
    options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
  ): Promise<{ readonly lines: readonly string[] }> {
    const blocks = await this.#runner.run(formatCommand(argv), { fenced: true, ...options })
    return { lines: blocks.flatMap((block) => block.lines) }
  }

  /** Lets go of the server once what is in flight has been answered; sessions stay. */
  close(): Promise<void> {
    return this.#link.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #attemptWindow(spec: NewWindowOptions): Promise<WindowOutcome> {
    try {
      return { status: 'created', ...(await this.newWindow(spec)) }
    } catch (error) {
      if (isTmuxError(error)) return { status: 'failed', error }
      throw error
    }
  }

  async #kill(command: string, target: SessionId | WindowId | PaneId): Promise<boolean> {
    try {
      await this.#runner.run(formatCommand([command, '-t', target]), { target })
      return true
    } catch (error) {
      if (isTmuxError(error, 'NO_SUCH_TARGET')) return false
      throw error
    }
  }
}

function scopeOf(target: SessionId | WindowId | PaneId): readonly string[] {
  if (target.startsWith('$')) return ['-t', parseSessionId(target)]
  if (target.startsWith('@')) return ['-w', '-t', parseWindowId(target)]
  return ['-p', '-t', parsePaneId(target)]
}
