import type { Option } from './command.ts'

/** A flag's declaration, taken apart. */
export interface Flag {
  readonly option: Option
  /** Key in `input.options`. */
  readonly key: string
  /** Long name as written, without dashes: `dry-run`, `no-merge`. */
  readonly long: string
  readonly short: string | undefined
  readonly value: 'none' | 'required' | 'optional'
  /** What stands in the brackets: `dir`. */
  readonly placeholder: string | undefined
  /** A `--no-x` switch, `true` unless given. */
  readonly negated: boolean
}

const shape = /^(?:-([A-Za-z]), )?--([a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?: (?:<([^<>]+)>|\[([^[\]]+)\]))?$/

/** Flags that every program understands. */
export const globalOptions: readonly Option[] = [
  { flag: '--json', description: 'print the answer as one JSON document' },
  { flag: '--no-color', description: 'print without colour' },
  { flag: '--no-input', description: 'never ask a question' },
  { flag: '--debug', description: 'show causes and stacks of errors' },
  { flag: '-h, --help', description: 'show this help' },
  { flag: '-V, --version', description: 'show the version' },
]

/** @throws TypeError when the declaration itself is malformed. */
export function parseFlag(option: Option): Flag {
  const match = shape.exec(option.flag)
  const long = match?.[2]
  if (match === null || long === undefined) throw new TypeError(`not a flag declaration: ${option.flag}`)
  const value = match[3] === undefined ? (match[4] === undefined ? 'none' : 'optional') : 'required'
  const negated = value === 'none' && long.startsWith('no-')
  return {
    option,
    key: toCamelCase(negated ? long.slice(3) : long),
    long,
    short: match[1],
    value,
    placeholder: match[3] ?? match[4],
    negated,
  }
}

/** `dry-run` → `dryRun`. */
export function toCamelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
