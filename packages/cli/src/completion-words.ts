import type { Command } from './command.ts'
import { namesOf } from './find-command.ts'
import { type Flag, globalOptions, parseFlag } from './flag.ts'
import type { HelpSource } from './help.ts'

/** One place of the command line: the words so far, and what may stand next. */
export interface CompletionPlace {
  /** Words behind the program's name: `task`, `task add`; empty at the start. */
  readonly path: string
  /** Next words of command names with the summary of the command they lead to. */
  readonly words: readonly { readonly word: string; readonly summary: string }[]
  readonly flags: readonly Flag[]
  /** Values of the first argument that is limited to some. */
  readonly choices: readonly string[]
  /** The arguments are paths. */
  readonly paths: 'none' | 'files' | 'directories'
}

/** Every place a program has, from the start to each command. */
export function listCompletionPlaces(program: HelpSource): readonly CompletionPlace[] {
  const visible = program.commands.filter((command) => !command.hidden)
  const paths = new Set([''])
  for (const command of visible)
    for (const name of namesOf(command)) for (const prefix of prefixesOf(name)) paths.add(prefix)
  return [...paths].map((path) => placeAt(path, visible, program.bare))
}

function placeAt(path: string, commands: readonly Command[], bare: Command | undefined): CompletionPlace {
  const command = path === '' ? bare : commands.find((one) => namesOf(one).includes(path))
  const options = [...(command?.options ?? []), ...globalOptions].filter((option) => !option.hidden)
  const args = command?.args ?? []
  return {
    path,
    words: nextWords(path, commands),
    flags: options.map(parseFlag),
    choices: args.find((arg) => arg.choices !== undefined)?.choices ?? [],
    paths: args.map((arg) => pathsOf(arg.name)).find((kind) => kind !== 'none') ?? 'none',
  }
}

function nextWords(path: string, commands: readonly Command[]): CompletionPlace['words'] {
  const depth = path === '' ? 0 : path.split(' ').length
  const words = new Map<string, string>()
  for (const command of commands) {
    for (const name of namesOf(command)) {
      const word = name.split(' ')[depth]
      if (word === undefined || !(path === '' || name.startsWith(`${path} `))) continue
      const isLast = name.split(' ').length === depth + 1
      if (isLast || !words.has(word)) words.set(word, isLast ? command.summary : `${word} commands`)
    }
  }
  return [...words].map(([word, summary]) => ({ word, summary }))
}

function prefixesOf(name: string): readonly string[] {
  const words = name.split(' ')
  return words.map((_, index) => words.slice(0, index + 1).join(' '))
}

/** What a placeholder's name says about its value. */
export function pathsOf(placeholder: string | undefined): CompletionPlace['paths'] {
  if (placeholder === undefined) return 'none'
  if (/^(dir|directory|folder)$/i.test(placeholder)) return 'directories'
  return /^(file|files|path|paths)$/i.test(placeholder) ? 'files' : 'none'
}

/** How a flag is typed: `--dry-run`, and `-n` when it has a short form. */
export function spellingsOf(flag: Flag): readonly string[] {
  return flag.short === undefined ? [`--${flag.long}`] : [`--${flag.long}`, `-${flag.short}`]
}
