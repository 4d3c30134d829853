import type { EventEmitter } from 'node:events'
import { type BulkOptions, inBatches, type WindowOutcome } from './bulk.ts'
import { captureMany, capturePane } from './capture.ts'
import type { Limits } from './command-runner.ts'
import type {
  CreatedSession,
  CreatedWindow,
  NewPaneOptions,
  NewSessionOptions,
  NewWindowOptions,
  PaneSpec,
} from './creation.ts'
import { findSession } from './find-session.ts'
import { type HandleParts, openParts, partsWithin } from './handle-parts.ts'
import {
  type PaneId,
  parsePaneId,
  parseSessionId,
  parseWindowId,
  type SessionId,
  type WindowId,
} from './ids.ts'
import type { Sight } from './input.ts'
import { kill } from './kill.ts'
import { arrange, type LayoutName, resize } from './layout.ts'
import { type ListOptions, listKnown } from './list-panes.ts'
import { makePane, makeSession, makeWindow, respawnPane } from './make.ts'
import type { OpenOptions } from './open-options.ts'
import type { OutputEvent, OutputOptions } from './output-events.ts'
import type { PaneEvent } from './pane-events.ts'
import type { PaneField, PaneRow } from './pane-fields.ts'
import { PaneInput, type PasteOptions } from './pane-input.ts'
import { type PipeOptions, pipeToFile, stopPipe } from './pipe.ts'
import { runRaw } from './raw-command.ts'
import type { CaptureOptions, CaptureOutcome, Screen } from './screen.ts'
import { endServer } from './server-end.ts'
import type { TmuxEvents } from './tmux-events.ts'
import type { TmuxServer } from './tmux-server.ts'
import { getOption, setOption } from './user-options.ts'
import { featuresOf, type TmuxFeatures, type TmuxVersion } from './version.ts'
import {
  type ExitCondition,
  type PaneExit,
  type ScreenCondition,
  type WaitOptions,
  waitForPane,
} from './wait-for.ts'
import { type WatchOptions, watchServer } from './watch.ts'

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
  readonly #parts: HandleParts
  readonly #input: PaneInput

  private constructor(parts: HandleParts) {
    this.#parts = parts
    this.#input = new PaneInput(parts.runner)
  }

  /**
   * Connects to the server on a socket, and starts it when none runs there.
   *
   * @throws TmuxError TMUX_NOT_FOUND, TMUX_VERSION (older than 3.2), NO_SERVER (with `start: false`), BAD_NAME
   * (socket), TIMEOUT, COMMAND_FAILED.
   */
  static async open(options: OpenOptions): Promise<Tmux> {
    return new Tmux(await openParts(options))
  }

  /**
   * The same handle, each of whose calls is bounded by a signal, a time, or both; closing it closes this one.
   *
   * @example
   * await tmux.within({ signal, timeoutMs: 2000 }).newSession({ name: 'work' })
   */
  within(limits: Limits): Tmux {
    return new Tmux(partsWithin(this.#parts, limits))
  }

  get events(): EventEmitter<TmuxEvents> {
    return this.#parts.link.events
  }

  /** The server's version. */
  get version(): TmuxVersion {
    return this.#parts.link.version
  }

  /** What the server can do. */
  get features(): TmuxFeatures {
    return featuresOf(this.#parts.link.version)
  }

  /** The server last connected to. After it changed, ids handed out before name nothing, or something else. */
  get server(): TmuxServer {
    return this.#parts.link.server
  }

  get isConnected(): boolean {
    return this.#parts.link.isConnected
  }

  /** tmux processes that this handle has started so far; one per connection. */
  get processesStarted(): number {
    return this.#parts.link.processesStarted + this.#parts.output.processesStarted
  }

  /** Connects again when the connection was lost; otherwise does nothing. */
  async reconnect(): Promise<void> {
    const signal = this.#parts.runner.boundBy(undefined)
    await this.#parts.link.connectWithin(this.#parts.timeoutMs, { signal })
  }

  /**
   * Makes a detached session with one window.
   *
   * @throws TmuxError BAD_NAME, NAME_TAKEN, NO_SUCH_DIRECTORY, COMMAND_FAILED.
   */
  async newSession(options: NewSessionOptions): Promise<CreatedSession> {
    return await makeSession(this.#parts.runner, { size: this.#parts.size, ...options })
  }

  /**
   * Makes a window at the end of a session, without selecting it.
   *
   * @throws TmuxError NO_SUCH_TARGET, BAD_NAME, NO_SUCH_DIRECTORY, COMMAND_FAILED.
   */
  async newWindow(options: NewWindowOptions): Promise<CreatedWindow> {
    return await makeWindow(this.#parts.runner, options)
  }

  /** Makes many windows, `concurrency` at a time (default 16); one that fails does not stop the others. */
  async newWindows(
    specs: readonly NewWindowOptions[],
    options: BulkOptions = {},
  ): Promise<readonly WindowOutcome[]> {
    return await inBatches(specs, options, (spec) => this.newWindow(spec))
  }

  /**
   * Splits a pane; the pane that had the eye in its window keeps it.
   *
   * @throws TmuxError NO_SUCH_TARGET, NO_SUCH_DIRECTORY, COMMAND_FAILED (there is no space for another).
   */
  async newPane(options: NewPaneOptions): Promise<CreatedWindow> {
    return await makePane(this.#parts.runner, options)
  }

  /** Makes many panes, one after another in a window, `concurrency` at a time (default 16); one that fails does not stop the others. */
  async newPanes(
    specs: readonly NewPaneOptions[],
    options: BulkOptions = {},
  ): Promise<readonly WindowOutcome[]> {
    return await inBatches(specs, options, (spec) => this.newPane(spec))
  }

  /**
   * All panes of the server in one command, the fields that are named; never the driver's own. A window that is
   * linked into several sessions is listed once for each. The rows are frozen, and the same ones while nothing changed.
   */
  async list<const F extends readonly PaneField[]>(options: ListOptions<F>): Promise<readonly PaneRow<F>[]> {
    return await listKnown(this.#parts.runner, options)
  }

  /**
   * What happens to all panes of the server: an `added` for each that is there, then every change as it is found: one that
   * tmux gives no hint of and no output goes with (a size, another active pane) up to 3 s later. Ends with `close()`; survives the server, and never starts one.
   *
   * @throws the signal's reason.
   * @example
   * for await (const event of tmux.watch()) if (event.type === 'died') console.log(event.pane, event.status)
   */
  watch(options: WatchOptions = {}): AsyncGenerator<PaneEvent, void, undefined> {
    return watchServer(this.#parts.link, this.#parts.runner, options)
  }

  /**
   * What panes print, as it comes: of one, some or all of them, those made later too. A stream of named panes ends when all of
   * them are closed; one of all ends with `close()`. Nothing piles up where it is taken slowly: what does not fit is missed,
   * told, and followed by a screen. It takes a second connection, for as long as anybody takes output.
   *
   * @throws TmuxError NO_SERVER, TIMEOUT; the signal's reason.
   * @example
   * for await (const event of tmux.output(pane)) if (event.type === 'bytes') process.stdout.write(event.bytes)
   */
  output(
    panes: PaneId | readonly PaneId[] | 'all',
    options: OutputOptions = {},
  ): AsyncGenerator<OutputEvent, void, undefined> {
    const named = panes === 'all' || typeof panes === 'object' ? panes : [panes]
    const signal = this.#parts.runner.boundBy(options.signal)
    if (named !== 'all') this.#parts.link.requireKnown(named)
    return this.#parts.output.take(named, this.#parts.link.server, { ...options, ...(signal && { signal }) })
  }

  /** What a pane shows. A dead pane still has its last screen. @throws TmuxError NO_SUCH_TARGET. */
  async capture(pane: PaneId, options: CaptureOptions = {}): Promise<Screen> {
    return await capturePane(this.#parts.runner, pane, options)
  }

  /**
   * Captures many panes, or `'all'`, at once; one that is gone does not stop the others.
   *
   * @throws RangeError for wrong options; the signal's reason.
   */
  async captureMany(
    panes: readonly PaneId[] | 'all',
    options: CaptureOptions = {},
  ): Promise<readonly CaptureOutcome[]> {
    return await captureMany(this.#parts.runner, panes, options)
  }

  /**
   * Waits until a pane shows something, is quiet, or its program has ended; looks again and again, less often while nothing
   * changes.
   *
   * @throws TmuxError TIMEOUT, NO_SUCH_TARGET, PANE_DEAD (it ended without showing that).
   */
  waitFor(pane: PaneId, condition: ScreenCondition, options?: WaitOptions): Promise<Screen>
  waitFor(pane: PaneId, condition: ExitCondition, options?: WaitOptions): Promise<PaneExit>
  async waitFor(
    pane: PaneId,
    condition: ScreenCondition | ExitCondition,
    options: WaitOptions = {},
  ): Promise<Screen | PaneExit> {
    return await waitForPane(
      { runner: this.#parts.runner, pane, timeoutMs: this.#parts.timeoutMs },
      condition,
      options,
    )
  }

  /**
   * Puts text into a pane as a paste. That it was handed over says nothing of its being read: watch the pane.
   *
   * @throws TmuxError NO_SUCH_TARGET, PANE_DEAD, PANE_IN_MODE, PANE_INPUT_OFF, PANE_SYNCHRONIZED, and SCREEN_CHANGED with `while`; then
   * nothing was sent.
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

  /**
   * Presses keys only while something stands on the pane's screen: tmux looks and presses in one step, so that nothing
   * that it was shown before can come between.
   *
   * @throws TmuxError as {@link paste}, and SCREEN_CHANGED; then nothing was sent.
   */
  keysWhile(pane: PaneId, sight: Sight, ...keys: readonly string[]): Promise<void> {
    return this.#input.keys(pane, keys, sight)
  }

  /** Types text letter by letter, control characters and all. @throws TmuxError as {@link paste}. */
  type(pane: PaneId, literal: string): Promise<void> {
    return this.#input.type(pane, literal)
  }

  /** Sends bytes exactly as they are, all 256 of them. @throws TmuxError as {@link paste}. */
  bytes(pane: PaneId, data: Uint8Array, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#input.bytes(pane, data, options.signal)
  }

  /**
   * From now on all that a pane prints goes to a file as well (mode 0600), in place of what it was piped to before.
   *
   * @throws TmuxError NO_SUCH_DIRECTORY, NO_SUCH_TARGET, PANE_DEAD; TypeError for a relative path.
   */
  pipe(pane: PaneId, path: string, options: PipeOptions = {}): Promise<void> {
    return pipeToFile(this.#parts.runner, pane, path, options)
  }

  /** Ends what {@link pipe} began; does nothing where there is none. @throws TmuxError NO_SUCH_TARGET. */
  stopPipe(pane: PaneId): Promise<void> {
    return stopPipe(this.#parts.runner, pane)
  }

  /** Ends copy mode, and every other mode, in a pane; does nothing where there is none. @throws TmuxError NO_SUCH_TARGET. */
  leaveMode(pane: PaneId): Promise<void> {
    return this.#input.leaveMode(pane)
  }

  /** Sets a user option, to any text without control characters but TAB and LF. @throws TmuxError NO_SUCH_TARGET; TypeError. */
  setOption(target: SessionId | WindowId | PaneId, name: `@${string}`, value: string): Promise<void> {
    return setOption(this.#parts.runner, { target, name, value })
  }

  /** A user option as set on the target itself; `undefined` when it is not. @throws TmuxError NO_SUCH_TARGET. */
  getOption(target: SessionId | WindowId | PaneId, name: `@${string}`): Promise<string | undefined> {
    return getOption(this.#parts.runner, { target, name })
  }

  /** The session of exactly this name. @throws TmuxError BAD_NAME. */
  async hasSession(name: string): Promise<SessionId | undefined> {
    return await findSession(this.#parts.runner, name)
  }

  /**
   * Resizes one window, or one pane within its window: others beside it give or take the space, as far as they can.
   *
   * @throws TmuxError NO_SUCH_TARGET.
   */
  async resize(
    target: WindowId | PaneId,
    size: { readonly cols: number; readonly rows: number },
  ): Promise<void> {
    await resize(this.#parts.runner, target, size)
  }

  /** Arranges the panes of a window: a layout by name, or one that a pane's `layout` told. @throws TmuxError NO_SUCH_TARGET, COMMAND_FAILED. */
  async setLayout(window: WindowId, layout: LayoutName | (string & {})): Promise<void> {
    await arrange(this.#parts.runner, window, layout)
  }

  /** Starts a program in a pane whose program has ended; one that still runs is ended. @throws TmuxError NO_SUCH_TARGET. */
  async respawn(pane: PaneId, spec: PaneSpec = {}): Promise<void> {
    await respawnPane(this.#parts.runner, this.#parts.output, { pane, spec })
  }

  /** Ends a pane; `false` when there is none of that id. */
  async killPane(pane: PaneId): Promise<boolean> {
    return kill(this.#parts.runner, 'kill-pane', parsePaneId(pane))
  }

  /** Ends a window; `false` when there is none of that id. */
  async killWindow(window: WindowId): Promise<boolean> {
    return kill(this.#parts.runner, 'kill-window', parseWindowId(window))
  }

  /** Ends a session; `false` when there is none of that id. */
  async killSession(session: SessionId): Promise<boolean> {
    const wasThere = await kill(this.#parts.runner, 'kill-session', parseSessionId(session))
    await this.#parts.output.settle()
    return wasThere
  }

  /** Ends the server with all that runs in it, and waits until its process is gone. */
  killServer(): Promise<void> {
    return endServer(this.#parts.link, {
      timeoutMs: this.#parts.timeoutMs,
      signal: this.#parts.runner.boundBy(undefined),
    })
  }

  /**
   * Runs any tmux command, its words quoted here. A command that waits (`wait-for`) holds up all others.
   *
   * @throws TmuxError COMMAND_FAILED, NO_SUCH_TARGET.
   */
  raw(
    argv: readonly string[],
    options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
  ): Promise<{ readonly lines: readonly string[] }> {
    return runRaw(this.#parts.runner, argv, options)
  }

  /** Lets go of the server once what is in flight has been answered; sessions stay. */
  async close(): Promise<void> {
    await this.#parts.output.close()
    await this.#parts.link.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
