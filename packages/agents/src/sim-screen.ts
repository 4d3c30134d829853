import { parseScreen, type ScreenLine, typedText } from './ansi.ts'
import { findDialog } from './dialog.ts'
import type { ScreenReading } from './screen.ts'

const top = /^╭─+╮$/
const bottom = /^╰─+╯$/
const inner = /^│.*│$/

/** Reads a screen of `tmo-agent-sim`: a framed box whose first line begins with `>`, a status line below. */
export function readSimScreen(screen: string): ScreenReading {
  const lines = parseScreen(screen)
  const texts = lines.map((line) => line.text)
  if (texts.every((text) => text === '')) return { kind: 'blank' }
  const box = findBox(lines)
  const below = box ? texts.slice(box.end) : texts
  const title = findDialog(below)
  if (title !== undefined) return { kind: 'dialog', title }
  if (!box) return { kind: 'unknown' }
  return { kind: 'prompt', box: box.text, working: below.some((text) => text.includes('esc to interrupt')) }
}

function findBox(lines: readonly ScreenLine[]): { text: string; end: number } | undefined {
  const end = lines.findLastIndex((line) => bottom.test(line.text))
  const start = lines.slice(0, Math.max(end, 0)).findLastIndex((line) => top.test(line.text))
  const inside = lines.slice(start + 1, end)
  if (start < 0 || inside.length === 0 || !inside.every((line) => inner.test(line.text))) return undefined
  if (!inside[0]?.text.startsWith('│ >')) return undefined
  return { text: inside.map(insideText).join('\n').trim(), end: end + 1 }
}

/** What stands between the frame and, on the first line, after the prompt mark. */
function insideText(line: ScreenLine, index: number): string {
  const right = line.cells.findLastIndex((cell) => cell.char === '│')
  return typedText(line.cells.slice(index === 0 ? 3 : 1, right)).trim()
}
