import type { PaneLook } from './adapter.ts'
import { parseScreen } from './ansi.ts'
import { dense } from './box-text.ts'
import type { PermissionAsk } from './permission.ts'
import { forgetDialogAsk, listDialogAsks, listHookAsks } from './permission-hook.ts'
import type { ScreenReading } from './screen.ts'

/** From the end of its hook Codex takes a moment to draw the dialog. */
const drawnMs = 5_000
/** A longer command is not sure to be shown whole. */
const shownMax = 1_000

export interface CodexSight {
  readonly readScreen: (screen: string) => ScreenReading
  /** Ids of requests whose dialogs were on the screen. */
  readonly seen: Set<string>
}

/** What Codex asks: what its hook holds back, and what the hook left to a dialog that stands on the screen. */
export async function listCodexAsks(
  stateDir: string,
  look: PaneLook,
  { readScreen, seen }: CodexSight,
): Promise<readonly PermissionAsk[] | undefined> {
  const waiting = await listHookAsks(stateDir)
  const left = await listDialogAsks(stateDir)
  if (!waiting || !left) return undefined
  if (left.length === 0 || !look.screen) return [...waiting, ...left]
  const screen = await look.screen()
  const isAsking = isPermission(readScreen(screen))
  const shown = isAsking ? left.filter((ask) => showsCommand(screen, ask)) : []
  for (const { id } of shown) seen.add(id)
  const isComing = ({ id, askedAt }: PermissionAsk): boolean =>
    !seen.has(id) && Date.now() - askedAt < drawnMs
  // one may wait behind the dialog of another
  const open = left.filter((ask) => shown.includes(ask) || isComing(ask))
  const over = isAsking ? [] : left.filter((ask) => !open.includes(ask))
  for (const { id } of over) {
    await forgetDialogAsk(stateDir, id)
    seen.delete(id)
  }
  return [...waiting, ...open]
}

function isPermission(reading: ScreenReading): boolean {
  return reading.kind === 'dialog' && reading.asks === 'permission'
}

/**
 * Whether a dialog shows this command and no other, whole. Its reason and the command are the model's words: where more
 * than one line could begin the command, nobody can tell which does.
 */
export function showsCommand(screen: string, { subject, isPartial }: PermissionAsk): boolean {
  if (isPartial || subject === '' || subject.length > shownMax) return false
  const lines = parseScreen(screen).map(({ text }) => text)
  const title = lines.findLastIndex((text) => /Would you like to run the following command\?/.test(text))
  const options = lines.findIndex((text, index) => index > title && /^\W*1\. Yes/.test(text))
  if (title < 0 || options < 0) return false
  const body = lines.slice(title, options)
  const begins = body.flatMap((text, index) => (/^\s*\$ /.test(text) ? [index] : []))
  const [begin, ...more] = begins
  if (begin === undefined || more.length > 0) return false
  return dense(body.slice(begin).join('')) === `$${dense(subject)}`
}
