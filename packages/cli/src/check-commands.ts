import { createPalette } from './color.ts'
import type { Command } from './command.ts'
import { findCommand, namesOf } from './find-command.ts'
import { globalOptions, parseFlag, toCamelCase } from './flag.ts'
import { formatCommandHelp } from './help.ts'
import { parseInput } from './parse-input.ts'
import { splitWords } from './split-words.ts'

/** Of 80 columns: what a maximised terminal of any laptop shows. */
const screenRows = 56

/**
 * What is wrong with a program's commands, one sentence each; empty when every name and flag is well formed and unique, every
 * example parses, and each help fits a screen of 80 columns and 56 rows. For a test:
 *
 * @example
 * expect(checkCommands(program)).toEqual([])
 */
export function checkCommands(program: {
  readonly name: string
  readonly commands: readonly Command[]
  readonly bare?: Command
}): readonly string[] {
  const all = program.bare === undefined ? program.commands : [...program.commands, program.bare]
  return [
    ...duplicates(program.commands.flatMap(namesOf)).map((name) => `two commands are called ${name}`),
    ...all.flatMap((command) => checkCommand(command, program)),
  ]
}

function checkCommand(command: Command, program: Parameters<typeof checkCommands>[0]): readonly string[] {
  const problems: string[] = []
  const say = (text: string): number => problems.push(`${command.name}: ${text}`)
  if (!/^[a-z][a-z0-9-]*( [a-z][a-z0-9-]*)*$/.test(command.name)) say('its name is not lower-case words')
  if (!/\S\.$/.test(command.summary)) say('its summary is not a sentence')
  if (command.examples.length === 0 && !command.hidden) say('it has no example')
  problems.push(...flagProblems(command), ...argumentProblems(command))
  for (const example of command.examples) {
    const problem = exampleProblem(example, command, program)
    if (problem !== undefined) say(`example "${example}" ${problem}`)
  }
  problems.push(...helpProblems(command, program))
  return problems
}

function helpProblems(command: Command, program: Parameters<typeof checkCommands>[0]): readonly string[] {
  if (flagProblems(command).length > 0) return []
  const layout = { colors: createPalette(false), width: 80 }
  const rows = formatCommandHelp({ summary: '', ...program }, command, layout)
    .trimEnd()
    .split('\n')
  return rows.length > screenRows
    ? [`${command.name}: its help has ${rows.length} rows, more than the ${screenRows} of a screen`]
    : []
}

function flagProblems(command: Command): readonly string[] {
  try {
    const flags = [...command.options, ...globalOptions].map(parseFlag)
    const names = flags.flatMap((flag) => [
      `--${flag.key}`,
      ...(flag.short === undefined ? [] : [`-${flag.short}`]),
    ])
    return duplicates(names).map((name) => `${command.name}: ${name} is declared twice`)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return [`${command.name}: ${error.message}`]
  }
}

function argumentProblems(command: Command): readonly string[] {
  const args = command.args ?? []
  const problems: string[] = duplicates(args.map((arg) => toCamelCase(arg.name))).map(
    (name) => `argument ${name} is declared twice`,
  )
  if (args.slice(0, -1).some((arg) => arg.variadic)) problems.push('only the last argument may be variadic')
  if (args.some((arg, index) => arg.required && index > 0 && !args[index - 1]?.required)) {
    problems.push('a required argument follows an optional one')
  }
  return problems.map((problem) => `${command.name}: ${problem}`)
}

function exampleProblem(
  example: string,
  command: Command,
  program: Parameters<typeof checkCommands>[0],
): string | undefined {
  const [name, ...argv] = splitWords(example)
  if (name !== program.name) return `does not start with ${program.name}`
  try {
    const found = findCommand(argv, program.commands, program.bare)
    if (found.kind === 'group') return 'names no command'
    if (found.command !== command) return `runs ${found.command.name}`
    parseInput(command, found.argv, {})
    return undefined
  } catch (error) {
    return `does not parse: ${error instanceof Error ? error.message : String(error)}`
  }
}

function duplicates(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
}
