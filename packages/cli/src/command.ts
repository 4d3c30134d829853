import type { Context } from './context.ts'
import type { ExitWith } from './exit.ts'

/** A positional argument. Required ones come first; only the last may be variadic. */
export interface Argument {
  /** Shown as `<name>` or `[name]` and the key in `input.args`, camelCased. */
  readonly name: string
  readonly description: string
  /** @defaultValue false */
  readonly required?: boolean
  /** Takes all that follow; `input.args[name]` is then an array, empty when none was given. @defaultValue false */
  readonly variadic?: boolean
  /** The only values allowed; anything else is a usage error. */
  readonly choices?: readonly string[]
}

/** A flag of a command. */
export interface Option {
  /**
   * How it is written: `--wait` (a switch), `--project <dir>` (needs a value), `--color [when]` (value may be absent: `true`),
   * `-n, --dry-run` (with a short form), `--no-merge` (`merge` is `true` unless given). The key in `input.options` is the long
   * name in camelCase.
   */
  readonly flag: string
  readonly description: string
  /** Taken when neither flag nor environment gives a value; shown in the help. */
  readonly default?: string | number | boolean | readonly string[]
  /** The only values allowed; anything else is a usage error. */
  readonly choices?: readonly string[]
  /** May be given several times; the value is an array in the order given, absent when never given and without default. */
  readonly repeat?: boolean
  /** The value is parsed as a number; `integer` refuses fractions. @defaultValue 'string' */
  readonly type?: 'string' | 'number' | 'integer'
  /** The smallest and largest number allowed, both inclusive. */
  readonly min?: number
  readonly max?: number
  /** A usage error without it. */
  readonly required?: boolean
  /** Environment variable read when the flag is absent; empty counts as unset. */
  readonly env?: string
  /** Left out of help and completion. */
  readonly hidden?: boolean
}

/** What a running command is given. */
export interface CommandInput<O extends object = object, A extends object = object> {
  /** Positional arguments by name; a key is absent when the argument was not given. */
  readonly args: A
  /** Options by camelCased long name; a key is absent when there is no value, a switch is always `true` or `false`. */
  readonly options: O
  /** Everything after `--`, untouched. */
  readonly rest: readonly string[]
  readonly context: Context
}

/**
 * A command as a value: parsing, help, completion and the docs table come from it. `O` and `A` are the shapes of options and
 * arguments; {@link defineCommand} infers them from the lists.
 */
export interface Command<O extends object = object, R = unknown, A extends object = object> {
  /** One word, or several for a nested command: `run`, `task add`. */
  readonly name: string
  /** Other words for the same command, written like the name. */
  readonly aliases?: readonly string[]
  /** One line, shown in lists. */
  readonly summary: string
  /** Paragraphs shown in the command's own help. */
  readonly description?: string
  /** Whole command lines, each starting with the program's name; each must parse, which {@link checkCommands} shows. */
  readonly examples: readonly string[]
  readonly args?: readonly Argument[]
  readonly options: readonly Option[]
  /** Left out of help and completion. */
  readonly hidden?: boolean
  /** Words after `--` are meant for somebody else; without this they are a usage error. The text names them in the help. */
  readonly rest?: string
  /** Prints its own JSON lines through `context.printJson`, so nothing is printed for what it returns under `--json`. */
  readonly stream?: boolean
  /** Does the work and returns the answer as data. */
  run(input: CommandInput<O, A>): Promise<R | ExitWith<R> | ExitWith<never>>
  /** Makes text of the answer for people; not called under `--json`. */
  render?(result: R, context: Context): string | undefined
}
