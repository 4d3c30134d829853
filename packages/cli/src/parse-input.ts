import type { Argument, Command } from './command.ts'
import { UsageError } from './errors.ts'
import { type Flag, parseFlag, toCamelCase } from './flag.ts'
import { type ParsedArgv, parseArgv } from './parse-argv.ts'
import { findNearest } from './suggest.ts'

type Env = Readonly<Record<string, string | undefined>>
type Value = string | number | boolean
type Values = Record<string, Value | readonly Value[]>

/** A command line judged against a command's lists. */
export interface ParsedInput {
  readonly args: Values
  readonly options: Values
  readonly rest: readonly string[]
}

/**
 * Judges words and flags: required ones are there, values are in their sets, numbers are numbers.
 *
 * @throws UsageError with any of its codes.
 */
export function parseInput(command: Command, argv: readonly string[], env: Env): ParsedInput {
  const flags = command.options.map(parseFlag)
  const parsed = parseArgv(argv, flags)
  if (
    parsed.rest !== undefined &&
    parsed.rest.length > 0 &&
    command.rest === undefined &&
    !hasVariadic(command)
  ) {
    throw new UsageError(`nothing may follow -- here, but ${parsed.rest[0]} does`, { hint: 'leave it out' })
  }
  const words = command.rest === undefined ? [...parsed.words, ...(parsed.rest ?? [])] : parsed.words
  return {
    args: parseWords(command.args ?? [], words),
    options: Object.assign({}, ...flags.map((flag) => parseOption(flag, parsed, env))),
    rest: command.rest === undefined ? [] : (parsed.rest ?? []),
  }
}

function hasVariadic(command: Command): boolean {
  return (command.args ?? []).length > 0
}

function parseWords(declared: readonly Argument[], words: readonly string[]): Values {
  const args: Values = {}
  for (const [index, argument] of declared.entries()) {
    const given = argument.variadic ? words.slice(index) : words.slice(index, index + 1)
    if (argument.required && given.length === 0) {
      throw new UsageError(`missing ${argument.name}: ${argument.description}`, { code: 'MISSING_ARGUMENT' })
    }
    for (const word of given) checkChoice(argument.name, argument.choices, word)
    const key = toCamelCase(argument.name)
    if (argument.variadic) args[key] = given
    else if (given[0] !== undefined) args[key] = given[0]
  }
  const extra = declared.at(-1)?.variadic ? undefined : words[declared.length]
  if (extra !== undefined)
    throw new UsageError(`unexpected argument ${extra}`, { hint: 'see --help for what may follow' })
  return args
}

function parseOption(flag: Flag, parsed: ParsedArgv, env: Env): Values {
  const { option, key } = flag
  const given = parsed.given.get(key)
  if (flag.value === 'none') return { [key]: parseSwitch(flag, given, env) }
  const fromEnv = option.env === undefined ? undefined : env[option.env] || undefined
  const raw = given ?? (fromEnv === undefined ? undefined : [fromEnv])
  if (raw === undefined) {
    if (option.required)
      throw new UsageError(`missing --${flag.long}: ${option.description}`, {
        code: 'MISSING_VALUE',
        hint: `write ${option.flag}`,
      })
    return option.default === undefined ? {} : { [key]: option.default }
  }
  const name = given === undefined && option.env !== undefined ? option.env : `--${flag.long}`
  const values = raw.map((value) => (typeof value === 'string' ? parseValue(name, option, value) : value))
  // given twice, the last one holds, so that an alias with a flag can be overridden
  return { [key]: option.repeat ? values : (values.at(-1) ?? true) }
}

function parseSwitch(
  flag: Flag,
  given: ParsedArgv['given'] extends ReadonlyMap<string, infer V> ? V | undefined : never,
  env: Env,
): boolean {
  if (given !== undefined) return !flag.negated ? given.at(-1) !== false : false
  const fromEnv = flag.option.env === undefined ? undefined : env[flag.option.env]
  if (fromEnv) return parseTruth(flag.option.env ?? '', fromEnv)
  return typeof flag.option.default === 'boolean' ? flag.option.default : flag.negated
}

function parseTruth(name: string, text: string): boolean {
  if (/^(1|true|yes|on)$/i.test(text)) return true
  if (/^(0|false|no|off)$/i.test(text)) return false
  throw new UsageError(`${name} is ${text}, which is neither true nor false`, {
    code: 'BAD_VALUE',
    hint: 'use 1 or 0',
  })
}

function parseValue(name: string, option: Flag['option'], text: string): Value {
  checkChoice(name, option.choices, text)
  if (option.type === undefined || option.type === 'string') return text
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
  const fits = option.type === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(value)
  if (!fits) {
    throw new UsageError(
      `${name} is ${text === '' ? 'empty' : text}, which is no ${option.type === 'integer' ? 'whole number' : 'number'}`,
      { code: 'BAD_VALUE', hint: `write ${option.flag}` },
    )
  }
  checkRange(name, option, value)
  return value
}

function checkRange(name: string, option: Flag['option'], value: number): void {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = option
  if (value >= min && value <= max) return
  const range =
    max === Number.POSITIVE_INFINITY
      ? `at least ${min}`
      : min === Number.NEGATIVE_INFINITY
        ? `at most ${max}`
        : `from ${min} to ${max}`
  throw new UsageError(`${name} is ${value}, but must be ${range}`, { code: 'BAD_VALUE' })
}

function checkChoice(name: string, choices: readonly string[] | undefined, text: string): void {
  if (choices === undefined || choices.includes(text)) return
  const near = findNearest(text, choices)
  throw new UsageError(`${name} cannot be ${text === '' ? 'empty' : text}`, {
    code: 'BAD_VALUE',
    hint: `${near === undefined ? '' : `did you mean ${near}? `}it is one of ${choices.join(', ')}`,
  })
}
