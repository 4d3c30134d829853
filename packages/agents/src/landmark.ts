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

function occurrences(lines: readonly string[], words: string): number {
  return lines.reduce((sum, line) => sum + line.split(words).length - 1, 0)
}
