import type { Command } from './command.ts'
import { UsageError } from './errors.ts'
import { globalFlags } from './parse-argv.ts'
import { findNearest } from './suggest.ts'

/** What the first words of a command line name. */
export type Found =
  | { readonly kind: 'command'; readonly command: Command; readonly argv: readonly string[] }
  /** Words that only begin names: `task` of `task add`; the empty list for no word at all. */
  | { readonly kind: 'group'; readonly words: readonly string[]; readonly argv: readonly string[] }

/**
 * Finds the longest command name at the start of `argv`; the flags that every program understands may stand before it.
 *
 * @throws UsageError UNKNOWN_COMMAND with the near one as hint.
 */
export function findCommand(argv: readonly string[], commands: readonly Command[], bare?: Command): Found {
  const { words, positions } = leadingWords(argv)
  for (let length = words.length; length > 0; length -= 1) {
    const command = findByName(words.slice(0, length).join(' '), commands)
    const last = positions[length - 1]
    if (command !== undefined && last !== undefined)
      return { kind: 'command', command, argv: without(argv, positions.slice(0, length)) }
  }
  const group = longestGroup(words, commands)
  const unknown = words[group.length]
  if (
    bare !== undefined &&
    group.length === 0 &&
    (unknown === undefined || (bare.args ?? []).length > 0 || commands.length === 0)
  ) {
    return { kind: 'command', command: bare, argv }
  }
  if (unknown === undefined)
    return { kind: 'group', words: group, argv: without(argv, positions.slice(0, group.length)) }
  throw unknownCommand(group, unknown, commands)
}

/** The commands whose names begin with these words. */
export function commandsUnder(words: readonly string[], commands: readonly Command[]): readonly Command[] {
  const prefix = words.length === 0 ? '' : `${words.join(' ')} `
  return commands.filter((command) => namesOf(command).some((name) => name.startsWith(prefix)))
}

export function namesOf(command: Command): readonly string[] {
  return [command.name, ...(command.aliases ?? [])]
}

export function findByName(name: string, commands: readonly Command[]): Command | undefined {
  return commands.find((command) => namesOf(command).includes(name))
}

function leadingWords(argv: readonly string[]): { words: string[]; positions: number[] } {
  const words: string[] = []
  const positions: number[] = []
  for (const [index, word] of argv.entries()) {
    if (word.startsWith('-')) {
      if (globalFlags.some((flag) => word === `--${flag.long}` || word === `-${flag.short}`)) continue
      break
    }
    words.push(word)
    positions.push(index)
  }
  return { words, positions }
}

function without(argv: readonly string[], positions: readonly number[]): readonly string[] {
  return argv.filter((_, index) => !positions.includes(index))
}

function longestGroup(words: readonly string[], commands: readonly Command[]): readonly string[] {
  for (let length = words.length; length > 0; length -= 1) {
    if (commandsUnder(words.slice(0, length), commands).length > 0) return words.slice(0, length)
  }
  return []
}

function unknownCommand(group: readonly string[], word: string, commands: readonly Command[]): UsageError {
  const next = commandsUnder(group, commands)
    .filter((command) => !command.hidden)
    .flatMap((command) => namesOf(command).flatMap((name) => name.split(' ')[group.length] ?? []))
  const near = findNearest(word, [...new Set(next)])
  const path = [...group, word].join(' ')
  return new UsageError(`unknown command ${path}`, {
    code: 'UNKNOWN_COMMAND',
    hint:
      near === undefined
        ? 'see --help for the commands there are'
        : `did you mean ${[...group, near].join(' ')}?`,
  })
}
