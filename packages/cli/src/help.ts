import type { Palette } from './color.ts'
import type { Argument, Command } from './command.ts'
import { commandsUnder } from './find-command.ts'
import { type Flag, globalOptions, parseFlag } from './flag.ts'
import { formatTable } from './format.ts'

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

/** Help of one command. */
export function formatCommandHelp(program: HelpSource, command: Command, colors: Palette): string {
  const isBare = command === program.bare
  const subcommands = isBare ? [] : commandsUnder(command.name.split(' '), program.commands)
  return joined([
    command.summary,
    command.description,
    section('Usage', `  ${usageOf(program, command, isBare)}`, colors),
    section('Arguments', list((command.args ?? []).map((arg) => [arg.name, argumentText(arg)])), colors),
    section('Commands', commandList(subcommands), colors),
    section('Options', optionList(command.options), colors),
    section('Everywhere', optionList(globalOptions), colors),
    section('Examples', command.examples.map((example) => `  ${example}`).join('\n'), colors),
    section('Exit codes', list(exitCodes), colors),
  ])
}

/** Help of the whole program, or of the commands below some words. */
export function formatGroupHelp(program: HelpSource, words: readonly string[], colors: Palette): string {
  const commands = commandsUnder(words, program.commands)
  const path = [program.name, ...words].join(' ')
  const bare = words.length === 0 ? program.bare : undefined
  return joined([
    words.length === 0 ? program.summary : undefined,
    words.length === 0 ? program.description : undefined,
    section(
      'Usage',
      [...(bare ? [`  ${usageOf(program, bare, true)}`] : []), `  ${path} <command> [options]`].join('\n'),
      colors,
    ),
    section('Commands', commandList(commands), colors),
    words.length === 0 && program.tools?.length
      ? section('Tools', list(program.tools.map(({ name, summary }) => [name, summary] as const)), colors)
      : undefined,
    bare && section('Options', optionList(bare.options), colors),
    section('Everywhere', optionList(globalOptions), colors),
    bare && section('Examples', bare.examples.map((example) => `  ${example}`).join('\n'), colors),
    section('Exit codes', list(exitCodes), colors),
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

function commandList(commands: readonly Command[]): string {
  return list(commands.filter((command) => !command.hidden).map((command) => [command.name, command.summary]))
}

function optionList(options: readonly Command['options'][number][]): string {
  const flags = options.filter((option) => !option.hidden).map(parseFlag)
  const indent = flags.some((flag) => flag.short !== undefined)
  return list(
    flags.map((flag) => [
      indent && flag.short === undefined ? `    ${flag.option.flag}` : flag.option.flag,
      optionText(flag),
    ]),
  )
}

function optionText({ option }: Flag): string {
  const notes = [
    option.choices?.join('|'),
    option.repeat ? 'may be repeated' : undefined,
    option.required ? 'required' : undefined,
    option.default === undefined || option.default === false
      ? undefined
      : `default: ${String(option.default)}`,
    option.env === undefined ? undefined : `env: ${option.env}`,
  ].filter((note) => note !== undefined)
  return notes.length === 0 ? option.description : `${option.description} (${notes.join('; ')})`
}

function list(rows: readonly (readonly string[])[]): string {
  return formatTable(rows.map(([name = '', ...others]) => [`  ${name}`, ...others]))
}

function section(title: string, body: string, colors: Palette): string | undefined {
  return body === '' ? undefined : `${colors.bold(`${title}:`)}\n${body}`
}

function joined(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n')
}
