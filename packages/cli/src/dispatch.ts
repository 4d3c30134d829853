import type { Command } from './command.ts'
import type { Context } from './context.ts'
import { type ExitCode, UsageError } from './errors.ts'
import { ExitWith } from './exit.ts'
import { findByName, findCommand } from './find-command.ts'
import type { Globals } from './globals.ts'
import { formatCommandHelp, formatGroupHelp, type HelpSource } from './help.ts'
import { toDocument } from './make-context.ts'
import { parseInput } from './parse-input.ts'

/** Does what the command line says and answers with the exit code; usage errors are thrown. */
export async function dispatch(
  program: HelpSource & { readonly version: string },
  argv: readonly string[],
  globals: Globals,
  context: Context,
): Promise<ExitCode> {
  if (globals.version) return printVersion(program, context)
  if (globals.help || argv[0] === 'help') return printHelp(program, argv, context)
  const found = findCommand(argv, program.commands, program.bare)
  if (found.kind === 'group') {
    throw new UsageError(
      found.words.length === 0 ? 'no command given' : `${found.words.join(' ')} needs another word`,
      {
        hint: `see ${[program.name, ...found.words].join(' ')} --help`,
      },
    )
  }
  return runCommand(found.command, parseInput(found.command, found.argv, context.env), context)
}

async function runCommand(
  command: Command,
  input: ReturnType<typeof parseInput>,
  context: Context,
): Promise<ExitCode> {
  const returned = await command.run({ ...input, context })
  const code = returned instanceof ExitWith ? returned.code : 0
  const result = returned instanceof ExitWith ? returned.result : returned
  context.progress.close()
  if (!context.json) printText(command, result, context)
  else if (!command.stream) context.printJson(toDocument(result))
  return code
}

function printText(command: Command, result: unknown, context: Context): void {
  if (result === undefined) return
  const text = command.render === undefined ? result : command.render(result, context)
  if (typeof text === 'string' && text !== '') context.print(text)
}

function printVersion(
  program: { readonly name: string; readonly version: string },
  context: Context,
): ExitCode {
  if (context.json) context.printJson({ name: program.name, version: program.version })
  else context.print(`${program.name} ${program.version}`)
  return 0
}

/** Help answers whatever the words name, however wrong the flags behind them are. */
function printHelp(program: HelpSource, argv: readonly string[], context: Context): ExitCode {
  const words = argv.filter((word) => !word.startsWith('-'))
  const named =
    words[0] === 'help' && findByName('help', program.commands) === undefined ? words.slice(1) : words
  const found = findCommand(named, program.commands, program.bare)
  const layout = { colors: context.colors, width: helpWidth(context) }
  const isRoot = found.kind === 'command' && found.command === program.bare && program.commands.length > 0
  const text =
    found.kind === 'group' || isRoot
      ? formatGroupHelp(program, found.kind === 'group' ? found.words : [], layout)
      : formatCommandHelp(program, found.command, layout)
  context.stdout.write(`${text}\n`)
  return 0
}

const helpWidthMax = 100

/** As wide as the terminal, but no wider than what is read easily. */
function helpWidth({ stdout }: Context): number {
  const columns = stdout.columns || 80
  return Math.min(Math.max(columns, 40), helpWidthMax)
}
