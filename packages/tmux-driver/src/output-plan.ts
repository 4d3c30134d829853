import { isPaneId, isSessionId, isWindowId, type PaneId, type SessionId, type WindowId } from './ids.ts'
import { formatCommand } from './quote.ts'
import { unfinishedError } from './unfinished.ts'

/** One place of one pane: a window that is linked into several sessions has each of its panes once for each. */
export interface PanePlace {
  readonly session: SessionId
  readonly window: WindowId
  readonly pane: PaneId
  /** The session is a driver's own, not one that people work in. */
  readonly isAnchor: boolean
  /** Its program has ended. */
  readonly isDead: boolean
}

export const placesLine: string = formatCommand([
  'list-panes',
  '-a',
  '-F',
  '#{session_id} #{window_id} #{pane_id} #{?@tmo_anchor,1,0} #{?pane_dead,1,0}',
])

/** @throws TmuxError TIMEOUT when tmux gave up on one. */
export function parsePlaces(lines: readonly string[]): readonly PanePlace[] {
  return lines.map((line) => {
    const [session, window, pane, anchor, dead] = line.split(' ')
    const isWhole =
      isSessionId(session) && isWindowId(window) && isPaneId(pane) && isFlag(anchor) && isFlag(dead)
    if (!isWhole) throw unfinishedError('what panes there are', lines.join('\n'))
    return { session, window, pane, isAnchor: anchor === '1', isDead: dead === '1' }
  })
}

const isFlag = (text: string | undefined): boolean => text === '0' || text === '1'

export interface OutputPlan {
  /** Windows to bring into our session, so that their output comes. */
  readonly link: readonly WindowId[]
  /** Windows to let go; one that is in no session of people's any more ends with that, as it would have without us. */
  readonly unlink: readonly WindowId[]
  /** Every pane that people's sessions hold. */
  readonly panes: ReadonlyMap<PaneId, PanePlace>
}

/** What to change so that our session holds just the windows of the panes that are wanted. Pure. */
export function planOutput(
  places: readonly PanePlace[],
  own: { readonly session: SessionId; readonly anchor: WindowId },
  isWanted: (pane: PaneId) => boolean,
): OutputPlan {
  const panes = new Map<PaneId, PanePlace>()
  const held = new Set<WindowId>()
  for (const place of places) {
    if (!place.isAnchor) panes.set(place.pane, place)
    else if (place.session === own.session && place.window !== own.anchor) held.add(place.window)
  }
  const needed = new Set([...panes.values()].filter(({ pane }) => isWanted(pane)).map(({ window }) => window))
  return {
    link: [...needed].filter((window) => !held.has(window)),
    unlink: [...held].filter((window) => !needed.has(window)),
    panes,
  }
}
