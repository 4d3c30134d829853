import type { Limited } from './activity.ts'
import { parseScreen } from './ansi.ts'
import { resetInstant } from './reset-time.ts'

const begin = /^[\s│]*Usage limit reached\b/
/** The dialog tells within so many lines when the limit ends. */
const told = 4

/** What the dialog says that Gemini CLI opens at a limit; undefined when it is not on the screen. */
export function limitDialog(
  screen: string,
  options: { readonly now: number; readonly printedAt?: number },
): Limited | undefined {
  const lines = parseScreen(screen).map(({ text }) => text.replace(/[│\s]+/g, ' ').trim())
  const at = lines.findLastIndex((text) => begin.test(text))
  if (at < 0) return undefined
  const detail = lines
    .slice(at, at + told)
    .join(' ')
    .trim()
  const resetAt = resetInstant(detail, options)
  return { state: 'limited', detail: detail.slice(0, 200), ...(resetAt !== undefined && { resetAt }) }
}
