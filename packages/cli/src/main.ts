import type { Command } from './command.ts'
import { completionCommand } from './completion.ts'
import type { Context, Input, Output } from './context.ts'
import { dispatch } from './dispatch.ts'
import type { ExitCode } from './errors.ts'
import { type Globals, readGlobals } from './globals.ts'
import type { HelpSource } from './help.ts'
import { createContext } from './make-context.ts'
import { formatCauses, reportError } from './report-error.ts'
import { Interruption, listenToSignals } from './signals.ts'

/** A program: its commands and the outside it runs in. Everything of the outside is the process's own by default. */
export interface Program extends HelpSource {
  /** As in package.json. */
  readonly version: string
  readonly commands: readonly Command[]
  /** Runs when no command is named. */
  readonly bare?: Command
  /** Words after the program's name. @defaultValue `process.argv.slice(2)` */
  readonly argv?: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  readonly stdin?: Input
  readonly stdout?: Output
  readonly stderr?: Output
  readonly now?: () => number
  /** Listen to SIGINT, SIGTERM and SIGHUP. @defaultValue true */
  readonly signals?: boolean
  /** Chooses the exit code for an error; `undefined` leaves it to the error's own, else 1. */
  readonly exitCodeOf?: (error: unknown) => ExitCode | undefined
}

/**
 * Runs a program from its command line to its exit code: finds the command, parses, runs, prints the answer or the error.
 * Sets `process.exitCode` and returns it; never rejects, and never ends the process but at a second Ctrl-C.
 */
export async function main(program: Program): Promise<number> {
  const argv = program.argv ?? process.argv.slice(2)
  const globals = readGlobals(argv)
  const aborter = new AbortController()
  const leftovers: (() => readonly string[])[] = []
  const context = createContext({
    stdin: program.stdin ?? process.stdin,
    stdout: program.stdout ?? process.stdout,
    stderr: program.stderr ?? process.stderr,
    env: program.env ?? process.env,
    cwd: program.cwd ?? process.cwd(),
    now: program.now ?? Date.now,
    globals,
    signal: aborter.signal,
    onForcedExit: (lines) => leftovers.push(lines),
  })
  const stop = program.signals === false ? undefined : stopOnSignals(context, aborter, leftovers)
  stopOnBrokenPipe(context, aborter)
  const code = await runToCode(program, argv, globals, context)
  stop?.()
  process.exitCode = code
  return code
}

async function runToCode(
  program: Program,
  argv: readonly string[],
  globals: Globals,
  context: Context,
): Promise<ExitCode> {
  try {
    const code = await dispatch(withCompletion(program, argv), argv, globals, context)
    return interruptedCode(context.signal) ?? code
  } catch (error) {
    const interrupted = interruptedCode(context.signal)
    if (interrupted !== undefined && isAbort(error, context.signal)) return interrupted
    const code = printError(program, error, context)
    return interrupted || code
  } finally {
    context.progress.close()
  }
}

/** A program of one bare command takes `completion bash` for the request that it is, and any other word for an argument. */
function withCompletion(program: Program, argv: readonly string[]): Program {
  const completion = completionCommand(program)
  const isAsked = argv[0] === 'completion' && completion.args?.[0]?.choices?.includes(argv[1] ?? '')
  return program.commands.length > 0 || isAsked
    ? { ...program, commands: [...program.commands, completion] }
    : program
}

function interruptedCode(signal: AbortSignal): ExitCode | undefined {
  return signal.reason instanceof Interruption ? signal.reason.exitCode : undefined
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError')
}

function printError(program: Program, error: unknown, context: Context): ExitCode {
  context.progress.close()
  const { exitCode, ...report } = reportError(error, program.exitCodeOf)
  const { red, dim } = context.stderrColors
  context.stderr.write(`${red(`${program.name}:`)} ${report.message}\n`)
  if (report.hint !== undefined) context.stderr.write(`${dim('hint:')} ${report.hint}\n`)
  if (context.debug) context.stderr.write(`${dim(formatCauses(error))}\n`)
  if (context.json) context.printJson({ error: report })
  return exitCode
}

function stopOnSignals(
  context: Context,
  aborter: AbortController,
  leftovers: readonly (() => readonly string[])[],
): () => void {
  return listenToSignals({
    onFirst(interruption, signal) {
      if (signal === 'SIGINT') context.progress.log('stopping; Ctrl-C again ends at once')
      aborter.abort(interruption)
    },
    onSecond(exitCode) {
      const lines = leftovers.flatMap((read) => read())
      for (const line of lines) context.stderr.write(`${line}\n`)
      // the user asked twice: waiting for whatever still holds the event loop is what they refuse
      process.exit(exitCode)
    },
  })
}

/** A reader that has gone away (`| head`) ends the command quietly; an error of stderr cannot be told to anybody. */
function stopOnBrokenPipe(context: Context, aborter: AbortController): void {
  context.stdout.on('error', (error: NodeJS.ErrnoException) => {
    aborter.abort(error.code === 'EPIPE' ? new Interruption('EPIPE', 0) : error)
  })
  context.stderr.on('error', () => aborter.abort(new Interruption('EPIPE', 0)))
}
