import { textWidth, wrapText } from './char-width.ts'
import { type Box, boxText, type Dialog, statusLine } from './prompt-box.ts'

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

function frameLine(text: string, inner: number): string {
  return `│ ${text}${' '.repeat(Math.max(0, inner - textWidth(text)))} │`
}

function drawDialog(dialog: Dialog, columns: number): Picture {
  const subject = wrapText(dialog.subject, columns - 3)
    .slice(0, shownLines)
    .map((line) => ` ${line}`)
  const question = [' Do you want to proceed?', ' ❯ 1. Yes', '   2. No', '', ' Esc to cancel']
  const rule = '─'.repeat(Math.max(2, columns - 1))
  const lines = [rule, ` ${dialog.title}`, ...subject, ...question]
  return { lines, cursor: { row: lines.length - 4, column: 1 } }
}

/** The prompt box with the status line below it, or the dialog that stands in their place. */
export function drawBox(box: Box, size: Size): Picture {
  const columns = Math.max(12, size.columns)
  if (box.dialog !== undefined) return drawDialog(box.dialog, columns)
  const inner = columns - 5
  const rows = wrapText(boxText(box), inner - 2).slice(-Math.max(1, size.rows - 5))
  const framed = rows.map((row, index) => frameLine(`${index === 0 ? '>' : ' '} ${row}`, inner))
  const bar = '─'.repeat(inner + 2)
  return {
    lines: [`╭${bar}╮`, ...framed, `╰${bar}╯`, `  ${statusLine(box)}`],
    cursor: { row: rows.length, column: 4 + textWidth(rows.at(-1) ?? '') },
  }
}

/** A piece of the conversation as it scrolls by; a long one is cut. */
export function drawMessage(mark: string, text: string, size: Size): readonly string[] {
  const shown = text.length > 4_000 ? text.slice(0, 4_000) : text
  const rows = wrapText(shown, Math.max(12, size.columns) - 3)
  const cut = rows.slice(0, shownLines)
  const dropped = rows.length > cut.length || shown.length < text.length
  const lines = cut.map((row, index) => `${index === 0 ? mark : ' '} ${row}`)
  return dropped ? [...lines, '  …', ''] : [...lines, '']
}
