import type { PaneId, SessionId, WindowId } from './ids.ts'
import type { PaneRow } from './pane-fields.ts'

/** What a watch looks at: light enough to be asked for many times a second. */
export const watchedFields = [
  'session',
  'sessionName',
  'window',
  'windowName',
  'pane',
  'pid',
  'dead',
  'deadStatus',
  'deadSignal',
  'deadAt',
  'title',
  'inMode',
  'alternate',
  'active',
  'width',
  'height',
  'cursorX',
  'cursorY',
  'historySize',
  'activity',
] as const

/** A pane as a watch sees it. */
export type WatchedPane = PaneRow<typeof watchedFields>
/** The fields that a watch compares. */
export type WatchedField = (typeof watchedFields)[number]

/** What a watch tells of a pane, or of the server. */
export type PaneEvent =
  /** A pane that is there: first of all each that was there when the watch began. */
  | { readonly type: 'added'; readonly pane: PaneId; readonly after: WatchedPane }
  /** It is gone; of a pane that did not remain nothing more is known of its program. */
  | { readonly type: 'closed'; readonly pane: PaneId; readonly before: WatchedPane }
  /** Its program ended and the pane remained; once per program, also of one that had ended before the watch began. */
  | {
      readonly type: 'died'
      readonly pane: PaneId
      readonly status: number | undefined
      readonly signal: number | undefined
    }
  | {
      readonly type: 'renamed'
      readonly window: WindowId
      readonly name: string
      readonly before: string
    }
  | {
      readonly type: 'session-renamed'
      readonly session: SessionId
      readonly name: string
      readonly before: string
    }
  /**
   * It is in another window, or its window in another session. Of several sessions that a window is linked into one is told: the one that it
   * was first seen in, as long as it stays there.
   */
  | {
      readonly type: 'moved'
      readonly pane: PaneId
      readonly before: WatchedPane
      readonly after: WatchedPane
    }
  /** Anything else that is watched: a program that prints moves `activity`, the cursor or `historySize`. */
  | {
      readonly type: 'changed'
      readonly pane: PaneId
      readonly changed: readonly WatchedField[]
      readonly before: WatchedPane
      readonly after: WatchedPane
    }
  /** The connection ended; the watch goes on, and says when there is another. */
  | { readonly type: 'lost'; readonly reason: string }
  /** With another server all former panes are closed: its ids begin anew. */
  | { readonly type: 'reconnected'; readonly sameServer: boolean }
  /** The server has not answered for so long: it is stopped, or busy. The watch goes on. */
  | { readonly type: 'stalled'; readonly forMs: number }
  /** It answers again. */
  | { readonly type: 'resumed' }

/** Panes by id, as a poll found them. */
export type Panes = ReadonlyMap<PaneId, WatchedPane>

const ownEvents: ReadonlySet<WatchedField> = new Set([
  'pane',
  'window',
  'session',
  'sessionName',
  'windowName',
  'deadStatus',
  'deadSignal',
  'deadAt',
])

const death = ['pid', 'deadStatus', 'deadSignal', 'deadAt'] as const

/** What happened to panes and windows between two polls. A death is told when it is known how the program ended. */
export function diffPanes(before: Panes, after: Panes): readonly PaneEvent[] {
  const events: PaneEvent[] = []
  const renamed = new Map<WindowId, PaneEvent>()
  for (const [pane, row] of before) if (!after.has(pane)) events.push({ type: 'closed', pane, before: row })
  for (const [pane, row] of after) {
    const known = before.get(pane)
    if (known === undefined) {
      events.push({ type: 'added', pane, after: row })
    } else {
      const changed = watchedFields.filter((field) => !ownEvents.has(field) && known[field] !== row[field])
      if (changed.length > 0) events.push({ type: 'changed', pane, changed, before: known, after: row })
      if (known.window !== row.window || known.session !== row.session) {
        events.push({ type: 'moved', pane, before: known, after: row })
      }
      const { window, windowName } = row
      if (known.window === window && known.windowName !== windowName)
        renamed.set(window, { type: 'renamed', window, name: windowName, before: known.windowName })
    }
    if (isNewDeath(known, row)) {
      events.push({ type: 'died', pane, status: row.deadStatus, signal: row.deadSignal })
    }
  }
  return [...events, ...renamed.values()]
}

/** Names of sessions, of those too in which no pane was seen first. */
export type SessionNames = ReadonlyMap<SessionId, string>

export function diffSessions(before: SessionNames, after: SessionNames): readonly PaneEvent[] {
  return [...after].flatMap(([session, name]) => {
    const known = before.get(session)
    if (known === undefined || known === name) return []
    return [{ type: 'session-renamed' as const, session, name, before: known }]
  })
}

/** A program that came and ended between two looks is told by how or when it ended: its process id may be gone. */
function isNewDeath(known: WatchedPane | undefined, row: WatchedPane): boolean {
  if (!row.dead) return false
  if (known === undefined || !known.dead) return true
  const wasUnknown = known.deadStatus === undefined && known.deadSignal === undefined
  return death.some((field) => known[field] !== row[field]) && !(wasUnknown && known.deadAt === row.deadAt)
}
