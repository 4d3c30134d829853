import { parseScreen } from './ansi.ts'

const wordsMin = 4
const wordsMax = 60

/**
 * Words of the text in a prompt box that stand nowhere else on the screen: while they are there, so is the box. A text
 * without such words has none.
 */
export function landmark(screen: string, box: string): string | undefined {
  const lines = parseScreen(screen).map(({ text }) => text)
  const candidates = box
    .split('\n')
    .reverse()
    .flatMap((line) => line.match(/[A-Za-z0-9](?:[A-Za-z0-9 -]*[A-Za-z0-9])?/g) ?? [])
    .filter((words) => words.length >= wordsMin)
    .map((words) => words.slice(-wordsMax).trim())
  return candidates.find((words) => occurrences(lines, words) === 1)
}

const headMax = 40
const rowMax = 200

/**
 * The row of the screen that shows the beginning of a text, when it is the only such row: `?` stands for any one character
 * of it. A dialog shows what it asks for in a row that nothing else on the screen looks like.
 */
export function rowMark(screen: string, text: string): string | undefined {
  const rows = parseScreen(screen).map((row) => row.text.trimEnd())
  const head = (text.split('\n')[0] ?? '').trim().slice(0, headMax)
  if (head.length < wordsMin) return undefined
  const marks = rows
    .filter((row) => row.includes(head) && /^[ -~]*$/.test(row))
    .map((row) => row.slice(0, rowMax).replaceAll(/[^A-Za-z0-9 -]/g, '?'))
  return marks.findLast((mark) => rows.filter((row) => shape(mark).test(row)).length === 1)
}

function shape(mark: string): RegExp {
  return new RegExp(mark.replaceAll('?', '.'))
}

function occurrences(lines: readonly string[], words: string): number {
  return lines.reduce((sum, line) => sum + line.split(words).length - 1, 0)
}
