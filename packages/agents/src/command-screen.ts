import { parseScreen } from './ansi.ts'
import { findDialog } from './dialog.ts'
import type { ScreenReading } from './screen.ts'

/** Reads a screen of a program that we do not know: a question is seen as one, all else is `unknown`. */
export function readCommandScreen(screen: string): ScreenReading {
  const texts = parseScreen(screen).map((line) => line.text)
  if (texts.every((text) => text === '')) return { kind: 'blank' }
  const title = findDialog(texts)
  return title === undefined ? { kind: 'unknown' } : { kind: 'dialog', title }
}
