import { cac } from 'cac'
import { UsageError } from './errors.ts'
import { type Flag, globalOptions, parseFlag } from './flag.ts'
import { findNearest } from './suggest.ts'

/** Words of a command line, sorted but not yet judged. */
export interface ParsedArgv {
  readonly words: readonly string[]
  /** Raw texts per key, in the order given; a switch counts as `true` or `false`. */
  readonly given: ReadonlyMap<string, readonly (string | boolean)[]>
  /** What follows `--`; `undefined` when there was none. */
  readonly rest: readonly string[] | undefined
}

export const globalFlags: readonly Flag[] = globalOptions.map(parseFlag)

/**
 * cac's parser makes numbers of what looks like one (`007`, an empty text), and takes no value that starts with a dash. So every
 * word that is not a flag's name goes through it behind a mark, and comes out as it was written.
 */
const mark = '\u0001'

/** @throws UsageError UNKNOWN_FLAG, MISSING_VALUE or BAD_VALUE (a switch with a value). */
export function parseArgv(argv: readonly string[], flags: readonly Flag[]): ParsedArgv {
  const end = argv.indexOf('--')
  const known = [...flags, ...globalFlags]
  const program = cac('')
  for (const flag of known) program.option(flag.option.flag, flag.option.description)
  const marked = markWords(end === -1 ? argv : argv.slice(0, end), known)
  const parsed = program.parse(['', '', ...marked], { run: false })
  return {
    words: parsed.args.map(unmark),
    given: collect(parsed.options, known),
    rest: end === -1 ? undefined : argv.slice(end + 1),
  }
}

function collect(
  options: Readonly<Record<string, unknown>>,
  known: readonly Flag[],
): Map<string, (string | boolean)[]> {
  const given = new Map<string, (string | boolean)[]>()
  for (const { key, negated } of known) {
    const value = options[key]
    // cac answers `true` for a negated switch that was not given
    if (value === undefined || given.has(key) || (negated && value === true)) continue
    const values: readonly unknown[] = Array.isArray(value) ? value : [value]
    given.set(
      key,
      values.map((one) => (typeof one === 'string' ? unmark(one) : one !== false)),
    )
  }
  return given
}

function unmark(word: string): string {
  return word.startsWith(mark) ? word.slice(mark.length) : word
}

function markWords(argv: readonly string[], known: readonly Flag[]): readonly string[] {
  const marked: string[] = []
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? ''
    const bundled = findBundled(word, known)
    if (bundled !== undefined) marked.push(...bundled.map((flag) => `--${flag.long}`))
    else if (isFlagLike(word)) {
      const { words, usedNext } = markFlag(word, argv[index + 1], known)
      marked.push(...words)
      if (usedNext) index += 1
    } else marked.push(mark + word)
  }
  return marked
}

/** Long names only: cac keeps what came in short form apart, and the order would be lost. */
function markFlag(
  word: string,
  next: string | undefined,
  known: readonly Flag[],
): { readonly words: readonly string[]; readonly usedNext: boolean } {
  const { name, value } = splitAtEquals(word)
  const flag = findFlag(name, known)
  const long = `--${flag.long}`
  if (flag.value === 'none') {
    if (value === undefined) return { words: [long], usedNext: false }
    throw new UsageError(`${name} takes no value`, { code: 'BAD_VALUE', hint: `write ${name} alone` })
  }
  if (value !== undefined) return { words: [long, mark + value], usedNext: false }
  if (next !== undefined && isValue(next, known)) return { words: [long, mark + next], usedNext: true }
  if (flag.value === 'optional') return { words: [long], usedNext: false }
  throw missingValue(name, flag)
}

/** Text such as `-5` or `- a note` is no flag. */
function isFlagLike(word: string): boolean {
  return /^--?[A-Za-z_][^\s=]*(?:=|$)/.test(word)
}

/** A value may start with one dash; what looks like a long flag is more likely a flag than a value, and `=` is there for the rest. */
function isValue(word: string, known: readonly Flag[]): boolean {
  if (!isFlagLike(word)) return true
  const { name } = splitAtEquals(word)
  return !word.startsWith('--') && !known.some((flag) => matches(flag, name))
}

function splitAtEquals(word: string): { name: string; value: string | undefined } {
  const at = word.indexOf('=')
  return at === -1 ? { name: word, value: undefined } : { name: word.slice(0, at), value: word.slice(at + 1) }
}

function matches(flag: Flag, name: string): boolean {
  return name === `--${flag.long}` || (flag.short !== undefined && name === `-${flag.short}`)
}

function findFlag(name: string, known: readonly Flag[]): Flag {
  const found = known.find((flag) => matches(flag, name))
  if (found !== undefined) return found
  const near = findNearest(
    name.replace(/^-+/, ''),
    known.filter((flag) => !flag.option.hidden).map((flag) => flag.long),
  )
  throw new UsageError(`unknown flag ${name}`, {
    code: 'UNKNOWN_FLAG',
    hint: near === undefined ? 'see --help for the flags there are' : `did you mean --${near}?`,
  })
}

/** `-ab` for `-a -b`, switches only. */
function findBundled(name: string, known: readonly Flag[]): readonly Flag[] | undefined {
  const letters = /^-([A-Za-z]{2,})$/.exec(name)?.[1]
  if (letters === undefined) return undefined
  const switches = [...letters].map((letter) =>
    known.find((flag) => flag.short === letter && flag.value === 'none'),
  )
  const found = switches.filter((flag) => flag !== undefined)
  return found.length === switches.length ? found : undefined
}

function missingValue(name: string, flag: Flag): UsageError {
  return new UsageError(`${name} needs a value`, {
    code: 'MISSING_VALUE',
    hint: `write ${name} <${flag.placeholder ?? 'value'}>`,
  })
}
