import type { CommandRunner } from './command-runner.ts'
import { isTmuxError } from './errors.ts'
import { type Glimpse, glimpsePanes, listPanes } from './list-panes.ts'
import {
  diffPanes,
  diffSessions,
  type PaneEvent,
  type Panes,
  type SessionNames,
  type WatchedPane,
  watchedFields,
} from './pane-events.ts'
import type { ServerLink } from './server-link.ts'
import type { TmuxEvents } from './tmux-events.ts'
import { isSameServer, type TmuxServer } from './tmux-server.ts'

/** How often to look where nothing hints. */
export interface WatchOptions {
  /**
   * Longest pause between two looks, in milliseconds: how late an event can be that tmux gives no hint of. A size or another
   * active pane may take up to 3 s all the same.
   * @defaultValue 400
   */
  readonly intervalMs?: number
  /** How long a look may take before the server is said to be `stalled`. @defaultValue 5000 */
  readonly stallMs?: number
  /** Ends the watch; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

interface Wait {
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

interface WatchSource {
  readonly link: ServerLink
  list(wait: Wait): Promise<readonly WatchedPane[]>
  glimpse(wait: Wait): Promise<Glimpse>
}

/** After a change the next look comes soon; while nothing changes, later and later. */
const pauseMs = { shortest: 50, factor: 1.5 }
/** What no glimpse shows and no hint tells (a size, another active pane) is found this late. */
const wholeEveryMs = 3000
/** How often a dead program is asked again how it ended. */
const statusLooksMax = 20
const hints = [
  'window:added',
  'window:closed',
  'window:renamed',
  'pane:mode-changed',
  'session:changed',
] as const

/** See `Tmux.watch`. */
export function watchServer(
  link: ServerLink,
  runner: CommandRunner,
  options: WatchOptions,
): AsyncGenerator<PaneEvent, void, undefined> {
  const list: WatchSource['list'] = (wait) => listPanes(runner, { fields: watchedFields, ...wait })
  return watchPanes({ link, list, glimpse: (wait) => glimpsePanes(runner, wait) }, options)
}

/**
 * Looks at all panes again and again, and tells what changed between two looks. Whoever takes the events slowly
 * makes it look less often: nothing piles up.
 */
async function* watchPanes(
  source: WatchSource,
  options: WatchOptions,
): AsyncGenerator<PaneEvent, void, undefined> {
  const { intervalMs = 400, stallMs = 5000 } = options
  if (!(intervalMs >= 1)) throw new RangeError(`intervalMs is a number from 1, not ${intervalMs}`)
  if (!(stallMs >= 1)) throw new RangeError(`stallMs is a number from 1, not ${stallMs}`)
  const watch = new Watch(source, { intervalMs, stallMs, signal: options.signal })
  try {
    for (;;) {
      yield* await watch.look()
      watch.know()
      await watch.pause()
    }
  } catch (error) {
    if (!isTmuxError(error, 'CLOSED')) throw error
  } finally {
    watch.close()
  }
}

class Watch {
  readonly #source: WatchSource
  readonly #longestMs: number
  readonly #stallMs: number
  readonly #signal: AbortSignal | undefined
  readonly #undecided = new Map<string, number>()
  #panes: Panes = new Map()
  #sessions: SessionNames = new Map()
  #server: TmuxServer | undefined
  #lost: string | undefined
  #isHinted = false
  #isGone = false
  #isStalled = false
  #glimpsed = ''
  #wholeAt = Number.NEGATIVE_INFINITY
  #pauseMs = pauseMs.shortest
  #wake: () => void = () => undefined

  constructor(
    source: WatchSource,
    {
      intervalMs,
      stallMs,
      signal,
    }: { readonly intervalMs: number; readonly stallMs: number; readonly signal: AbortSignal | undefined },
  ) {
    this.#source = source
    this.#longestMs = intervalMs
    this.#stallMs = stallMs
    this.#signal = signal
    for (const hint of hints) source.link.events.on(hint, this.#hint)
    source.link.events.on('server:lost', this.#onLost)
    signal?.addEventListener('abort', this.#hint)
  }

  close(): void {
    const { events } = this.#source.link
    for (const hint of hints) events.off(hint, this.#hint)
    events.off('server:lost', this.#onLost)
    this.#signal?.removeEventListener('abort', this.#hint)
  }

  /** What happened since the last look; nothing while there is no server. */
  async look(): Promise<readonly PaneEvent[]> {
    this.#signal?.throwIfAborted()
    const isHinted = this.#isHinted
    this.#isHinted = false
    const events: PaneEvent[] = []
    const found = await this.#find(isHinted)
    if (this.#lost !== undefined) {
      events.push({ type: 'lost', reason: this.#lost })
      this.#lost = undefined
      this.#isGone = true
    }
    if (found === 'stalled' && !this.#isStalled) events.push({ type: 'stalled', forMs: this.#stallMs })
    // A server that is gone answers no more than one that is stopped.
    if (found !== 'stalled' && found !== undefined && this.#isStalled) events.push({ type: 'resumed' })
    this.#isStalled = found === 'stalled'
    if (typeof found === 'object') events.push(...this.#compare(found))
    this.#pauseMs =
      events.length > 0 ? pauseMs.shortest : Math.min(this.#pauseMs * pauseMs.factor, this.#longestMs)
    return events
  }

  /** Whoever has taken the events of a look has been told of its ids. */
  know(): void {
    for (const { pane, window, session } of this.#panes.values()) {
      this.#source.link.know([pane, window, session])
    }
  }

  /** Until the next look is due, or a hint comes. */
  async pause(): Promise<void> {
    if (this.#isHinted) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(this.#pauseMs, this.#longestMs))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = () => undefined
  }

  #compare(rows: readonly WatchedPane[]): readonly PaneEvent[] {
    const { server } = this.#source.link
    const before = this.#server
    const sameServer = isSameServer(before, server)
    const events: PaneEvent[] = []
    if (before !== undefined && (this.#isGone || !sameServer)) {
      events.push({ type: 'reconnected', sameServer })
      if (!sameServer) {
        events.push(...diffPanes(this.#panes, new Map()))
        this.#panes = new Map()
        this.#sessions = new Map()
        this.#undecided.clear()
      }
    }
    this.#isGone = false
    this.#server = server
    const panes = this.#settle(rows)
    const sessions = new Map(rows.map(({ session, sessionName }) => [session, sessionName]))
    events.push(...diffPanes(this.#panes, panes), ...diffSessions(this.#sessions, sessions))
    this.#panes = panes
    this.#sessions = sessions
    return events
  }

  /**
   * A program of which it is not yet known how it ended is taken for alive, for a while. A window that is linked into several sessions is
   * taken to be in the one that it was in.
   */
  #settle(rows: readonly WatchedPane[]): Panes {
    const panes = new Map<WatchedPane['pane'], WatchedPane>()
    for (const row of rows) {
      const isElsewhere = panes.has(row.pane) && this.#panes.get(row.pane)?.session !== row.session
      if (isElsewhere) continue
      const key = `${row.pane} ${row.pid}`
      const isUndecided = row.dead && row.deadStatus === undefined && row.deadSignal === undefined
      const looks = isUndecided ? (this.#undecided.get(key) ?? 0) + 1 : 0
      if (isUndecided) this.#undecided.set(key, looks)
      else this.#undecided.delete(key)
      panes.set(row.pane, isUndecided && looks <= statusLooksMax ? { ...row, dead: false } : row)
    }
    for (const key of this.#undecided.keys()) {
      if (!rows.some((row) => `${row.pane} ${row.pid}` === key)) this.#undecided.delete(key)
    }
    return panes
  }

  /** All panes, when there may be something new of them; `undefined` while no server answers. It never starts one. */
  async #find(isHinted: boolean): Promise<readonly WatchedPane[] | 'same' | 'stalled' | undefined> {
    const signal = this.#signal
    const wait = { timeoutMs: this.#stallMs, ...(signal === undefined ? {} : { signal }) }
    try {
      await this.#source.link.connectWithin(this.#stallMs, { start: false, signal })
      const now = performance.now()
      const isDue = now - this.#wholeAt >= wholeEveryMs || this.#undecided.size > 0
      // Before the list, so that what changes in between is found by the next glimpse.
      const glimpse = await this.#source.glimpse(wait)
      const isSame = glimpse.text === this.#glimpsed && !glimpse.isRecent
      if (!isHinted && !isDue && isSame) return 'same'
      const rows = await this.#source.list(wait)
      this.#glimpsed = glimpse.text
      this.#wholeAt = now
      return rows
    } catch (error) {
      signal?.throwIfAborted()
      if (isTmuxError(error, 'TIMEOUT')) return 'stalled'
      if (isTmuxError(error, 'NO_SERVER') || isTmuxError(error, 'SERVER_LOST')) return undefined
      throw error
    }
  }

  readonly #hint = (): void => {
    this.#isHinted = true
    this.#wake()
  }

  readonly #onLost = ({ reason }: TmuxEvents['server:lost'][0]): void => {
    this.#lost = reason
    this.#hint()
  }
}
