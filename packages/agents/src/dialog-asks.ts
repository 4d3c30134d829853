import type { PaneLook } from './adapter.ts'
import type { PermissionAsk } from './permission.ts'
import { forgetDialogAsk, listDialogAsks, listHookAsks } from './permission-hook.ts'
import type { ScreenReading } from './screen.ts'
import { titleState } from './title.ts'

/** From the request to the dialog: its hook waits for a moment, and a machine under load for some more. */
const drawnMs = 10_000
/** A screen that is being drawn anew shows nothing for so long at most. */
const settleMs = 500
/** How the dialogs of a program are read. All pure. */
export interface DialogRules {
  readonly readScreen: (screen: string) => ScreenReading
  /** What the dialog on a screen asks for, in a form of its own; undefined where that cannot be told whole. */
  readonly shown: (screen: string) => string | undefined
  /** The same of a request; undefined where no dialog can show it whole. */
  readonly wanted: (ask: PermissionAsk) => string | undefined
}

export interface DialogSight extends DialogRules {
  /** Ids of requests whose dialogs were on the screen. */
  readonly seen: Set<string>
  /** Since when the dialog of a request has not been there, epoch milliseconds. */
  readonly missing: Map<string, number>
  readonly now: () => number
}

export function dialogSight(rules: DialogRules, now: DialogSight['now'] = Date.now): DialogSight {
  return { ...rules, seen: new Set(), missing: new Map(), now }
}

/** Whether a dialog shows this request and no other, whole. */
export function showsAsk(
  screen: string,
  ask: PermissionAsk,
  { shown, wanted }: Pick<DialogRules, 'shown' | 'wanted'>,
): boolean {
  const words = wanted(ask)
  return words !== undefined && shown(screen) === words
}

/**
 * What a program asks: what its hook holds back, and what the hook left to a dialog. A request is over when no dialog stands
 * any longer, or that of another one does: a dialog whose command cannot be told may be any request's, or stand before it.
 */
export async function listAsksOf(
  stateDir: string,
  look: PaneLook,
  sight: DialogSight,
): Promise<readonly PermissionAsk[] | undefined> {
  const waiting = await listHookAsks(stateDir)
  const dialogs = await listDialogAsks(stateDir)
  if (!waiting || !dialogs) return undefined
  // a hook that ends between the two readings is in both
  const left = dialogs.filter(({ id }) => !waiting.some((ask) => ask.id === id))
  if (left.length === 0 || !look.screen) return [...waiting, ...left]
  const screen = await look.screen()
  const isOnScreen = isPermission(sight.readScreen(screen))
  const shown = isOnScreen ? left.filter((ask) => showsAsk(screen, ask, sight)) : []
  const isAsking = isOnScreen || titleState(look.title ?? '') === 'blocked-permission'
  const command = isOnScreen ? sight.shown(screen) : undefined
  for (const { id } of shown) sight.seen.add(id)
  const over = left.filter((ask) => {
    const isComing = !sight.seen.has(ask.id) && sight.now() - ask.askedAt < drawnMs
    const isReplaced = sight.seen.has(ask.id) && command !== undefined
    const stands = shown.includes(ask) || (isAsking && !isReplaced)
    return isOver(ask.id, stands || isComing, sight)
  })
  for (const { id } of over) {
    await forgetDialogAsk(stateDir, id)
    sight.seen.delete(id)
    sight.missing.delete(id)
  }
  return [...waiting, ...left.filter((ask) => !over.includes(ask))]
}

/** Two looks that are some time apart have to agree. */
function isOver(id: string, stands: boolean, { missing, now }: DialogSight): boolean {
  if (stands) {
    missing.delete(id)
    return false
  }
  const since = missing.get(id)
  if (since === undefined) missing.set(id, now())
  return since !== undefined && now() - since >= settleMs
}

function isPermission(reading: ScreenReading): boolean {
  return reading.kind === 'dialog' && reading.asks === 'permission'
}
