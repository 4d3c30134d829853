import type { Palette } from './color.ts'
import type { Argument, Command } from './command.ts'
import { commandsUnder } from './find-command.ts'
import { type Flag, globalOptions, parseFlag } from './flag.ts'
import { textWidth } from './format.ts'
import { wrapText } from './wrap-text.ts'

/** What the help needs to know of a program. */
export interface HelpSource {
  readonly name: string
  readonly summary: string
  readonly description?: string
  readonly commands: readonly Command[]
  readonly bare?: Command
  /** Programs of their own that the first word runs, for the help of the whole program. */
  readonly tools?: readonly { readonly name: string; readonly summary: string }[]
}

const exitCodes = [
  ['0', 'done'],
  ['1', 'it failed, or what was named cannot be used'],
  ['2', 'the command line is wrong'],
  ['3', 'it ran, and the answer is no'],
  ['124', 'the deadline passed'],
  ['130, 143', 'interrupted'],
] as const

/** How a help is laid out. */
export interface HelpLayout {
  readonly colors: Palette
  /** Columns; no line is longer but for words that cannot be broken. */
  readonly width: number
}

/** Help of one command. */
export function formatCommandHelp(program: HelpSource, command: Command, layout: HelpLayout): string {
  const { colors, width } = layout
  const isBare = command === program.bare
  const subcommands = isBare ? [] : commandsUnder(command.name.split(' '), program.commands)
  return joined([
    wrapText(command.summary, width),
    command.description && wrapText(command.description, width),
    section('Usage', `  ${usageOf(program, command, isBare)}`, colors),
    section(
      'Arguments',
      list(
        (command.args ?? []).map((arg) => [arg.name, argumentText(arg)]),
        width,
      ),
      colors,
    ),
    section('Commands', commandList(subcommands, width), colors),
    section('Options', optionList(command.options, width), colors),
    everywhere(layout),
    section('Examples', command.examples.map((example) => `  ${example}`).join('\n'), colors),
    exits(layout),
  ])
}

/** Help of the whole program, or of the commands below some words. */
export function formatGroupHelp(program: HelpSource, words: readonly string[], layout: HelpLayout): string {
  const { colors, width } = layout
  const commands = commandsUnder(words, program.commands)
  const path = [program.name, ...words].join(' ')
  const bare = words.length === 0 ? program.bare : undefined
  return joined([
    words.length === 0 ? wrapText(program.summary, width) : undefined,
    words.length === 0 && program.description ? wrapText(program.description, width) : undefined,
    section(
      'Usage',
      [...(bare ? [`  ${usageOf(program, bare, true)}`] : []), `  ${path} <command> [options]`].join('\n'),
      colors,
    ),
    section(
      'Commands',
      words.length === 0 ? groupList(commands, width) : commandList(commands, width),
      colors,
    ),
    words.length === 0 && program.tools?.length
      ? section(
          'Tools',
          list(
            program.tools.map(({ name, summary }) => [name, summary] as const),
            width,
          ),
          colors,
        )
      : undefined,
    bare && section('Options', optionList(bare.options, width), colors),
    everywhere(layout),
    bare && section('Examples', bare.examples.map((example) => `  ${example}`).join('\n'), colors),
    exits(layout),
    `${path} <command> --help shows one command.`,
  ])
}

function usageOf(program: HelpSource, command: Command, isBare: boolean): string {
  return [
    program.name,
    ...(isBare ? [] : [command.name]),
    ...(command.args ?? []).map(formatArgument),
    ...command.options.filter((option) => option.required).map((option) => option.flag.replace(/^-\w, /, '')),
    ...(command.options.some((option) => !option.required && !option.hidden) ? ['[options]'] : []),
    ...(command.rest === undefined ? [] : [`-- ${command.rest}`]),
  ].join(' ')
}

function formatArgument(argument: Argument): string {
  const name = argument.variadic ? `${argument.name}…` : argument.name
  return argument.required ? `<${name}>` : `[${name}]`
}

function argumentText(argument: Argument): string {
  return argument.choices === undefined
    ? argument.description
    : `${argument.description} (${argument.choices.join('|')})`
}

function commandList(commands: readonly Command[], width: number): string {
  const shown = commands.filter((command) => !command.hidden)
  return list(
    shown.map((command) => [command.name, command.summary]),
    width,
  )
}

/** Several commands of one first word take one line, which names the second ones. */
function groupList(commands: readonly Command[], width: number): string {
  const groups = new Map<string, Command[]>()
  for (const command of commands.filter(({ hidden }) => !hidden)) {
    const [first = ''] = command.name.split(' ')
    groups.set(first, [...(groups.get(first) ?? []), command])
  }
  return list(
    [...groups].map(([first, members]) => {
      const [only] = members
      if (only !== undefined && members.length === 1) return [only.name, only.summary]
      return [first, members.map(({ name }) => name.slice(first.length + 1) || name).join(' · ')]
    }),
    width,
  )
}

/** What every command understands, named and not explained: the names say it. */
function everywhere({ colors, width }: HelpLayout): string {
  const flags = globalOptions.map(({ flag }) => flag).join(' · ')
  return `${colors.bold('Everywhere:')}\n${indented(flags, width)}`
}

function exits({ colors, width }: HelpLayout): string {
  const codes = exitCodes.map(([code, meaning]) => `${code} ${meaning}`).join(' · ')
  return `${colors.bold('Exit codes:')}\n${indented(codes, width)}`
}

function indented(text: string, width: number): string {
  return wrapText(text, width - 2)
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
}

function optionList(options: readonly Command['options'][number][], width: number): string {
  const flags = options.filter((option) => !option.hidden).map(parseFlag)
  const indent = flags.some((flag) => flag.short !== undefined)
  return list(
    flags.map((flag) => [
      indent && flag.short === undefined ? `    ${flag.option.flag}` : flag.option.flag,
      optionText(flag),
    ]),
    width,
  )
}

function optionText({ option }: Flag): string {
  const notes = [
    option.choices?.join(' | '),
    option.repeat ? 'may be repeated' : undefined,
    option.required ? 'required' : undefined,
    option.default === undefined || option.default === false
      ? undefined
      : `default: ${String(option.default)}`,
    option.env === undefined ? undefined : `env: ${option.env}`,
  ].filter((note) => note !== undefined)
  return notes.length === 0 ? option.description : `${option.description} (${notes.join('; ')})`
}

function list(rows: readonly (readonly [string, string])[], width: number): string {
  const labels = 4 + Math.max(0, ...rows.map(([label]) => textWidth(label)))
  return rows
    .map(([label, text]) => {
      const [first = '', ...others] = wrapText(text, width - labels).split('\n')
      const head = `  ${label}${' '.repeat(labels - 2 - textWidth(label))}${first}`.trimEnd()
      return [head, ...others.map((line) => ' '.repeat(labels) + line)].join('\n')
    })
    .join('\n')
}

function section(title: string, body: string, colors: Palette): string | undefined {
  return body === '' ? undefined : `${colors.bold(`${title}:`)}\n${body}`
}

function joined(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n')
}
