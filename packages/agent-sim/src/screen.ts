import { textWidth, wrapText } from './char-width.ts'
import { looks } from './looks.ts'
import type { Box } from './prompt-box.ts'

export interface Size {
  readonly columns: number
  readonly rows: number
}

/** The lines at the bottom of the screen, and where the cursor stands in them (from 0). */
export interface Picture {
  readonly lines: readonly string[]
  readonly cursor: { readonly row: number; readonly column: number }
}

const shownLines = 12

/** The prompt box with the status line below it, or the dialog that stands in their place. */
export function drawBox(box: Box, size: Size): Picture {
  const look = looks[box.rules.prompt]
  const room = { ...size, columns: Math.max(12, size.columns) }
  const picture = box.dialog === undefined ? look.box(box, room) : look.dialog(box.dialog, room)
  return { ...picture, lines: picture.lines.map((line) => clip(line, room.columns)) }
}

/** A line that would wrap would break the drawing; dim text is as long as it may be already. */
function clip(line: string, columns: number): string {
  if (line.includes('\x1b') || textWidth(line) <= columns) return line
  return wrapText(line, columns)[0] ?? ''
}

/** A piece of the conversation as it scrolls by; a long one is cut. */
export function drawMessage(mark: string, text: string, size: Size): readonly string[] {
  const shown = text.length > 4_000 ? text.slice(0, 4_000) : text
  const rows = wrapText(shown, Math.max(12, size.columns) - 3)
  const cut = rows.slice(0, shownLines)
  const dropped = rows.length > cut.length || shown.length < text.length
  const indent = ' '.repeat(mark.length)
  const lines = cut.map((row, index) => `${index === 0 ? mark : indent} ${row}`)
  return dropped ? [...lines, '  …', ''] : [...lines, '']
}
