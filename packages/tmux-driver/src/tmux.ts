import { randomBytes } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import { requireSuccess } from './command-failure.ts'
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
import { guardedLine, requireAccepted, requireKey, sanitizeText } from './input.ts'
import { type OpenOptions, toLinkOptions } from './open-options.ts'
import { formatRow, type PaneField, type PaneRow, parseRows, requireOptionName } from './pane-fields.ts'
import { openPasteSource } from './paste.ts'
import { formatCommand, formatList } from './quote.ts'
import type { Block } from './reply-reader.ts'
import { parseScreen, type Screen, screenFormat } from './screen.ts'
import { endServer } from './server-end.ts'
import { ServerLink, type TmuxServer } from './server-link.ts'
import type { TmuxEvents } from './tmux-events.ts'
import { isAtLeast, type TmuxVersion } from './version.ts'

export interface CaptureOptions {
  /** Lines of history above the visible ones. @defaultValue 0 */
  readonly lines?: number
  /** Keep colours and attributes as escape sequences. @defaultValue false */
  readonly attributes?: boolean
  /** Join lines that the terminal wrapped. @defaultValue false */
  readonly join?: boolean
  readonly signal?: AbortSignal
}

export interface PasteOptions {
  /** Mark it as a paste when the program has asked for that (bracketed paste). @defaultValue true */
  readonly bracketed?: boolean
  /** Take out the end-of-paste sequence and all control characters but TAB and LF. @defaultValue true */
  readonly sanitize?: boolean
  readonly signal?: AbortSignal
}

export type WindowOutcome =
  | ({ readonly status: 'created' } & CreatedWindow)
  | { readonly status: 'failed'; readonly error: TmuxError }

interface RunOptions {
  readonly target?: string
  readonly fenced?: boolean
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number
}

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
  readonly #separator = `x${randomBytes(8).toString('hex')}x`
  #buffers = 0

  private constructor(link: ServerLink, size: { readonly cols: number; readonly rows: number }) {
    this.#link = link
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
    return parseCreated((await this.#run(line, { fenced: true }))[0])
  }

  /**
   * Makes a window at the end of a session, without selecting it.
   *
   * @throws TmuxError NO_SUCH_TARGET, BAD_NAME, NO_SUCH_DIRECTORY, COMMAND_FAILED.
   */
  async newWindow(options: NewWindowOptions): Promise<CreatedWindow> {
    const line = newWindowLine({ ...options, session: parseSessionId(options.session) })
    if (options.cwd !== undefined) await requireDirectory(options.cwd)
    const created = parseCreated((await this.#run(line, { fenced: true, target: options.session }))[0])
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
    const format = formatRow(fields, this.#separator)
    const line = formatCommand(['list-panes', '-a', '-f', '#{?@tmo_anchor,0,1}', '-F', format])
    const [block] = await this.#run(line, { fenced: true, signal })
    return parseRows(fields, this.#separator, block?.lines ?? [])
  }

  /** What a pane shows. A dead pane still has its last screen. @throws TmuxError NO_SUCH_TARGET. */
  async capture(pane: PaneId, options: CaptureOptions = {}): Promise<Screen> {
    const target = parsePaneId(pane)
    const { lines = 0, attributes = false, join = false, signal } = options
    if (!Number.isInteger(lines) || lines < 0) throw new RangeError(`lines is a whole number, not ${lines}`)
    const line = formatList([
      [
        ...['capture-pane', '-p', '-t', target],
        ...(attributes ? ['-e'] : []),
        ...(join ? ['-J'] : []),
        ...(lines > 0 ? ['-S', String(-lines)] : []),
      ],
      ['display-message', '-p', '-t', target, screenFormat],
    ])
    return parseScreen(await this.#run(line, { fenced: true, target, signal }))
  }

  /**
   * Puts text into a pane as a paste. That it was handed over says nothing of its being read: watch the pane.
   *
   * @throws TmuxError NO_SUCH_TARGET, PANE_DEAD, PANE_IN_MODE; then nothing was sent.
   */
  async paste(pane: PaneId, text: string, options: PasteOptions = {}): Promise<void> {
    const target = parsePaneId(pane)
    const { bracketed = true, sanitize = true, signal } = options
    const content = sanitize ? sanitizeText(text) : text
    this.#buffers += 1
    const buffer = `tmo-${this.#separator}-${this.#buffers}`
    const paste = [
      ...['paste-buffer', '-r', ...(bracketed ? ['-p'] : [])],
      ...(isAtLeast(this.version, 3, 7) ? ['-S'] : []),
      ...['-b', buffer, '-t', target],
    ]
    if (content === '') return this.#guarded(target, [['has-session', '-t', target]], signal)
    const source = await openPasteSource(buffer, content)
    try {
      const remove = ['delete-buffer', '-b', buffer]
      const line = `${formatCommand(source.load)}\n${guardedLine(target, [paste])}\n${formatCommand(remove)}`
      requireAccepted(await this.#run(line, { fenced: true, target, signal }), target)
    } finally {
      await source.release()
    }
  }

  /**
   * Presses keys by their tmux names: `Enter`, `C-c`, `Escape`, `Up`, `y`.
   *
   * @throws TmuxError as {@link paste}; TypeError for what is no key's name.
   */
  async keys(pane: PaneId, ...keys: readonly string[]): Promise<void> {
    const target = parsePaneId(pane)
    if (keys.length === 0) return
    await this.#guarded(target, [['send-keys', '-t', target, '--', ...keys.map(requireKey)]])
  }

  /** Types text letter by letter, control characters and all. @throws TmuxError as {@link paste}. */
  async type(pane: PaneId, literal: string): Promise<void> {
    const target = parsePaneId(pane)
    if (literal === '') return
    await this.#guarded(target, [['send-keys', '-l', '-t', target, '--', literal]])
  }

  /** Ends copy mode in a pane; does nothing where there is none. @throws TmuxError NO_SUCH_TARGET. */
  async leaveMode(pane: PaneId): Promise<void> {
    const target = parsePaneId(pane)
    const cancel = formatCommand(['send-keys', '-X', '-t', target, 'cancel'])
    const line = formatCommand([
      'if-shell',
      '-F',
      '-t',
      target,
      '#{pane_in_mode}',
      cancel,
      `has-session -t ${target}`,
    ])
    await this.#run(line, { fenced: true, target })
  }

  /** Sets a user option. @throws TmuxError NO_SUCH_TARGET. */
  async setOption(target: SessionId | WindowId | PaneId, name: `@${string}`, value: string): Promise<void> {
    const line = formatCommand(['set-option', ...scopeOf(target), '--', requireOptionName(name), value])
    await this.#run(line, { target })
  }

  /** A user option as set on the target itself; `undefined` when it is not. @throws TmuxError NO_SUCH_TARGET. */
  async getOption(target: SessionId | WindowId | PaneId, name: `@${string}`): Promise<string | undefined> {
    const line = formatCommand([
      'show-options',
      '-v',
      '-q',
      ...scopeOf(target),
      '--',
      requireOptionName(name),
    ])
    const [block] = await this.#run(line, { fenced: true, target })
    return block === undefined || block.lines.length === 0 ? undefined : block.lines.join('\n')
  }

  /** The session of exactly this name. @throws TmuxError BAD_NAME. */
  async hasSession(name: string): Promise<SessionId | undefined> {
    const target = `=${requireName(name)}:`
    const [block] = await this.#run(
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
    await this.#run(formatCommand(argv), { target })
  }

  /** Starts a program in a pane whose program has ended; one that still runs is ended. @throws TmuxError NO_SUCH_TARGET. */
  async respawn(pane: PaneId, spec: PaneSpec = {}): Promise<void> {
    const target = parsePaneId(pane)
    const line = formatCommand(['respawn-pane', '-k', '-t', target, ...paneArguments(spec)])
    if (spec.cwd !== undefined) await requireDirectory(spec.cwd)
    await this.#run(line, { target })
  }

  /** Ends a pane; `false` when there is none of that id. */
  killPane(pane: PaneId): Promise<boolean> {
    return this.#kill('kill-pane', parsePaneId(pane))
  }

  /** Ends a window; `false` when there is none of that id. */
  killWindow(window: WindowId): Promise<boolean> {
    return this.#kill('kill-window', parseWindowId(window))
  }

  /** Ends a session; `false` when there is none of that id. */
  killSession(session: SessionId): Promise<boolean> {
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
    const blocks = await this.#run(formatCommand(argv), { fenced: true, ...options })
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

  async #guarded(
    pane: PaneId,
    commands: readonly (readonly string[])[],
    signal?: AbortSignal,
  ): Promise<void> {
    const blocks = await this.#run(guardedLine(pane, commands), { fenced: true, target: pane, signal })
    requireAccepted(blocks, pane)
  }

  async #kill(command: string, target: SessionId | WindowId | PaneId): Promise<boolean> {
    try {
      await this.#run(formatCommand([command, '-t', target]), { target })
      return true
    } catch (error) {
      if (isTmuxError(error, 'NO_SUCH_TARGET')) return false
      throw error
    }
  }

  async #run(line: string, options: RunOptions): Promise<readonly Block[]> {
    const { target } = options
    const blocks = await this.#link.run({ ...options, line, pinned: target !== undefined })
    return requireSuccess(blocks, {
      command: line.slice(0, 200),
      ...(target === undefined ? {} : { target }),
    })
  }
}

function scopeOf(target: SessionId | WindowId | PaneId): readonly string[] {
  if (target.startsWith('$')) return ['-t', parseSessionId(target)]
  if (target.startsWith('@')) return ['-w', '-t', parseWindowId(target)]
  return ['-p', '-t', parsePaneId(target)]
}
