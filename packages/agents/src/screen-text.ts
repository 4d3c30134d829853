import type { ScreenLine } from './ansi.ts'

/** A line as rules see it: without frames and blanks around it, one blank for many. */
export interface RuleLine {
  readonly text: string
  readonly line: ScreenLine
}

const frames = /^[\s│┃║▎╭╮╰╯]+|[\s│┃║╭╮╰╯]+$/gu

/** Lines as rules see them. A line that fills the screen and goes on in the next is one with it. */
export function ruleLines(lines: readonly ScreenLine[], width: number): readonly RuleLine[] {
  const result: RuleLine[] = []
  let isWrapped = false
  for (const line of lines) {
    const before = result.at(-1)
    const text = line.text.replace(frames, '').replace(/\s+/g, ' ')
    if (isWrapped && before && text !== '')
      result[result.length - 1] = { ...before, text: before.text + text }
    else result.push({ text, line })
    isWrapped = line.text.length >= width && /[\p{L}\p{N}\p{P}]$/u.test(line.text)
  }
  return result
}

/** The width of a screen, as far as its longest line tells. */
export function screenWidth(lines: readonly ScreenLine[]): number {
  return Math.max(20, ...lines.map((line) => line.cells.length))
}

const looked = 6

/** Whether one of the first marks of a line has a colour. */
export function beginsIn(line: ScreenLine, hue: 'warm' | 'cold' | 'grey'): boolean {
  return line.cells
    .filter((cell) => cell.char.trim() !== '')
    .slice(0, looked)
    .some((cell) => cell.hue === hue)
}
