import { type ScreenLine, typedText } from './ansi.ts'
import type { Box } from './screen-rules.ts'

/** Where a prompt box stands, and what was typed into it. */
export interface FoundBox {
  readonly text: string
  /** The first line of the box, its frame included. */
  readonly start: number
  /** The first line after it. */
  readonly end: number
}

interface Span {
  readonly start: number
  readonly from: number
  readonly to: number
  readonly end: number
}

/** Finds the prompt box of a screen: the lowest one, and only where its every line is as the program draws it. */
export function findBox(screen: readonly ScreenLine[], box: Box): FoundBox | undefined {
  const kept = box.painted ? withoutRests(screen) : screen.map((_, index) => index)
  const lines = kept.flatMap((index) => screen[index] ?? [])
  const found = findIn(lines, box)
  if (!found) return undefined
  return { ...found, start: kept[found.start] ?? 0, end: kept[found.end] ?? screen.length }
}

/** Where a painted line is wider than the screen, its rest stands in a line of its own, which does not count. */
function withoutRests(screen: readonly ScreenLine[]): readonly number[] {
  const isBar = (line: ScreenLine | undefined): boolean => /^\s*┃/u.test(line?.text ?? '')
  const bars = screen.flatMap((line, index) => (isBar(line) ? [index] : []))
  const isWrapped = bars.length > 2 && !bars.some((index) => isBar(screen[index + 1]))
  const rests = isWrapped ? bars.map((index) => index + 1) : []
  return screen.map((_, index) => index).filter((index) => !rests.includes(index))
}

function findIn(lines: readonly ScreenLine[], box: Box): FoundBox | undefined {
  const span = box.below ? framedSpan(lines, box, box.below) : openSpan(lines, box)
  if (!span) return undefined
  const inside = lines.slice(span.from, box.ownLastLine ? ownLine(lines, span) : span.to)
  const [first, ...rest] = inside
  if (!first || !box.first.test(first.text)) return undefined
  if (!rest.every((line) => box.more.test(line.text))) return undefined
  const under = lines.slice(span.end).map((line) => line.text)
  if (box.footer && !under.some((text) => box.footer?.test(text))) return undefined
  return { text: textOf(inside, box), start: span.start, end: span.end }
}

/** Between two rules. A rule that is wider than the screen goes on in the next line. */
function framedSpan(lines: readonly ScreenLine[], box: Box, below: RegExp): Span | undefined {
  const last = lines.findLastIndex((line) => below.test(line.text))
  if (last < 0) return undefined
  let to = last
  while (to > 0 && below.test(lines[to - 1]?.text ?? '') && to - 1 > 0) to -= 1
  const above = box.above
  const isOpen = (line: ScreenLine): boolean =>
    above ? above.test(line.text) : !box.more.test(line.text) && !box.first.test(line.text)
  const before = lines.slice(0, to).findLastIndex(isOpen)
  if (above && before < 0) return undefined
  let start = before
  while (above && start > 0 && above.test(lines[start - 1]?.text ?? '')) start -= 1
  return { start: above ? start : before + 1, from: before + 1, to, end: last + 1 }
}

/** From the last line with the mark to the last blank line over the footer. */
function openSpan(lines: readonly ScreenLine[], box: Box): Span | undefined {
  const from = lines.findLastIndex((line) => box.first.test(line.text))
  if (from < 0) return undefined
  const bottom = lines.findLastIndex((line) => line.text !== '') + 1
  for (let to = bottom - 1; to > from; to -= 1) {
    const isGap = lines[to]?.text === ''
    if (isGap && lines.slice(to, bottom).some((line) => box.footer?.test(line.text))) {
      return { start: from, from, to, end: to }
    }
  }
  return undefined
}

/** The last line that says something is the program's. */
function ownLine(lines: readonly ScreenLine[], { from, to }: Span): number {
  const last = lines.slice(from, to).findLastIndex((line) => /[\p{L}\p{N}]/u.test(line.text))
  return last < 0 ? to : from + last
}

function textOf(inside: readonly ScreenLine[], box: Box): string {
  const text = inside
    .map((line, index) => {
      const mark = index === 0 ? box.first.exec(line.text)?.[0] : box.more.exec(line.text)?.[0]
      const right = box.right?.exec(line.text)
      const cells = line.cells.slice(
        [...(mark ?? '')].length,
        right ? [...line.text.slice(0, right.index)].length : undefined,
      )
      return typedText(cells).trim()
    })
    .join('\n')
    .trim()
  return box.placeholder.some((form) => form.test(text)) ? '' : text
}
