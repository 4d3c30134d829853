import { seededChoice, seededNumber } from './seeded.ts'
import type { Task } from './team-view.ts'

/** The words that a file gets from a task: one line of text each, without control characters. */
export interface Section {
  readonly id: string
  readonly title: string
  readonly note: string
  readonly value: number
  /** An identifier in camel case that no language reserves. */
  readonly name: string
  /** Which of several sections of the same task in one file this is, from 1. */
  readonly number: number
}

const notes = [
  'First cut, to be reviewed.',
  'Simulated work; not checked for correctness.',
  'A starting point with the shape that the task asks for.',
  'Placeholder behaviour until somebody fills it in.',
] as const

const reserved = new Set(
  `abstract any arguments as async await boolean break case catch class const continue debugger declare default delete
  do elif else enum eval except export extends false finally for from function get global if implements import in
  instanceof interface is lambda let module new none nonlocal not null number of or package pass private protected
  public raise require return set static string super switch symbol this throw true try type typeof undefined var void
  while with yield exports def del assert and print self match`.split(/\s+/),
)

/** One line of well-formed text: no control characters, no half of a surrogate pair. */
function oneLine(text: string, max: number): string {
  const line = text
    .replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029\p{Cs}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  const chars = [...line]
  return chars.length > max ? `${chars.slice(0, max - 1).join('')}…` : line
}

/** An identifier from a file's name: `src/date-range.test.ts` gives `dateRangeTest`. */
export function identifierOf(path: string): string {
  const base = path.split('/').at(-1) ?? ''
  const words = base.replace(/(?<=.)\.[^.]*$/, '').match(/[A-Za-z0-9]+/g) ?? ['work']
  const name = words
    .map(
      (word, index) =>
        (index === 0 ? word.charAt(0).toLowerCase() : word.charAt(0).toUpperCase()) + word.slice(1),
    )
    .join('')
  return /^\d/.test(name) || reserved.has(name.toLowerCase())
    ? `run${name.charAt(0).toUpperCase()}${name.slice(1)}`
    : name
}

/** Deterministic in path, task, seed and number. */
export function sectionFor(path: string, task: Task, seed: number, number: number): Section {
  const id = oneLine(task.id, 60)
  return {
    id,
    title: oneLine(task.title, 400) || id,
    note: seededChoice(notes, seed, task.id, path, 'note'),
    value: seededNumber(seed, task.id, path, 'value') % 1_000,
    name: identifierOf(path),
    number,
  }
}
