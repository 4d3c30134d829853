import type { PaneLook } from './adapter.ts'
import { parseScreen } from './ansi.ts'
import { dense } from './box-text.ts'
import type { PermissionAsk } from './permission.ts'
import { forgetDialogAsk, listDialogAsks, listHookAsks } from './permission-hook.ts'
import type { ScreenReading } from './screen.ts'
import { titleState } from './title.ts'

/** From the request to the dialog: its hook waits for a moment, and a machine under load for some more. */
const drawnMs = 10_000
/** A screen that is being drawn anew shows nothing for so long at most. */
const settleMs = 500
/** A longer command is not sure to be shown whole. */
const shownMax = 1_000

export interface CodexSight {
  readonly readScreen: (screen: string) => ScreenReading
  /** Ids of requests whose dialogs were on the screen. */
  readonly seen: Set<string>
  /** Since when the dialog of a request has not been there, epoch milliseconds. */
  readonly missing: Map<string, number>
  readonly now: () => number
}

export function codexSight(
  readScreen: CodexSight['readScreen'],
  now: CodexSight['now'] = Date.now,
): CodexSight {
  return { readScreen, seen: new Set(), missing: new Map(), now }
}

/**
 * What Codex asks: what its hook holds back, and what the hook left to a dialog. A request is over when no dialog stands
 * any longer, or that of another one does: a dialog whose command cannot be told may be any request's, or stand before it.
 */
export async function listCodexAsks(
  stateDir: string,
  look: PaneLook,
  sight: CodexSight,
): Promise<readonly PermissionAsk[] | undefined> {
  const waiting = await listHookAsks(stateDir)
  const dialogs = await listDialogAsks(stateDir)
  if (!waiting || !dialogs) return undefined
  // a hook that ends between the two readings is in both
  const left = dialogs.filter(({ id }) => !waiting.some((ask) => ask.id === id))
  if (left.length === 0 || !look.screen) return [...waiting, ...left]
  const screen = await look.screen()
  const isOnScreen = isPermission(sight.readScreen(screen))
  const shown = isOnScreen ? left.filter((ask) => showsCommand(screen, ask)) : []
  const isAsking = isOnScreen || titleState(look.title ?? '') === 'blocked-permission'
  const command = isOnScreen ? shownCommand(screen) : undefined
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
function isOver(id: string, stands: boolean, { missing, now }: CodexSight): boolean {
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

/** Whether a dialog shows this command and no other, whole. */
export function showsCommand(screen: string, { subject, isPartial }: PermissionAsk): boolean {
  if (isPartial || subject === '' || subject.length > shownMax) return false
  return shownCommand(screen) === `$${dense(subject)}`
}

/**
 * The command of a dialog that stands whole on the screen, without white space. Its reason and the command are the model's
 * words: where more than one line could begin the command, nobody can tell which does.
 */
function shownCommand(screen: string): string | undefined {
  const lines = parseScreen(screen).map(({ text }) => text)
  const title = lines.findLastIndex((text) => /Would you like to run the following command\?/.test(text))
  const options = lines.findIndex((text, index) => index > title && /^\W*1\. Yes/.test(text))
  if (title < 0 || options < 0) return undefined
  const body = lines.slice(title, options)
  const begins = body.flatMap((text, index) => (/^\s*\$ /.test(text) ? [index] : []))
  const [begin, ...more] = begins
  if (begin === undefined || more.length > 0) return undefined
  return dense(body.slice(begin).join(''))
}
