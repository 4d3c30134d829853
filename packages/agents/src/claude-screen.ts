import { parseScreen, type ScreenLine, typedText } from './ansi.ts'
import { findDialog } from './dialog.ts'
import type { ScreenReading } from './screen.ts'

const rule = /^─{10,}/
const promptMark = /^❯(\s|$)/
/** An option with the selection mark below the box: a dialog that leaves the box on the screen. */
const selectedOption = /^\s+❯ |^❯ (\d+\.|Yes|No)/

/** Reads a screen of Claude Code 2.1: the prompt box stands between two rules, dialogs replace it. */
export function readClaudeScreen(screen: string): ScreenReading {
  const lines = parseScreen(screen)
  const texts = lines.map((line) => line.text)
  if (texts.every((text) => text === '')) return { kind: 'blank' }
  const box = findBox(lines)
  if (box) {
    const below = texts.slice(box.end)
    const option = below.find((text) => selectedOption.test(text))
    if (option) return { kind: 'dialog', title: option.trim() }
    return { kind: 'prompt', box: box.text, working: below.some((text) => text.includes('esc to interrupt')) }
  }
  const title = findDialog(texts)
  return title === undefined ? { kind: 'unknown' } : { kind: 'dialog', title }
}

function findBox(lines: readonly ScreenLine[]): { text: string; end: number } | undefined {
  const end = lines.findLastIndex((line) => rule.test(line.text))
  const start = lines.slice(0, Math.max(end, 0)).findLastIndex((line) => rule.test(line.text))
  const inside = lines.slice(start + 1, end)
  const [first, ...rest] = inside
  if (start < 0 || !first || !promptMark.test(first.text)) return undefined
  if (rest.some((line) => line.text !== '' && !line.text.startsWith('  '))) return undefined
  const text = [typedText(first.cells.slice(1)), ...rest.map((line) => typedText(line.cells))]
  return {
    text: text
      .map((line) => line.trim())
      .join('\n')
      .trim(),
    end: end + 1,
  }
}
