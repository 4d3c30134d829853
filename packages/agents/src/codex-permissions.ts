import { parseScreen } from './ansi.ts'
import { dense } from './box-text.ts'
import type { DialogRules } from './dialog-asks.ts'
import type { PermissionAsk } from './permission.ts'

/** A longer command is not sure to be shown whole. */
const shownMax = 1_000

/** How the dialogs of Codex are read, but for the screen's rules. */
export const codexDialogs: Pick<DialogRules, 'shown' | 'wanted'> = {
  shown: shownCommand,
  wanted: ({ subject, isPartial }: PermissionAsk) =>
    isPartial || subject === '' || subject.length > shownMax ? undefined : `$${dense(subject)}`,
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
