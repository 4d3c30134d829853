import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A line of JSON that a program printed. */
export type ProgramLine = Readonly<Record<string, unknown>>

/** How a program is started. */
export interface StartProgramOptions {
  /** Put before the command, as a wrapper that changes its world. */
  readonly wrapper?: readonly string[]
  readonly uid?: number
  /** @defaultValue the environment of this process */
  readonly env?: Readonly<Record<string, string>>
}

/** A Node process that says JSON lines on stdout, as a program whose kill a test looks at. */
export interface StartedProgram {
  readonly child: ChildProcess
  /** What it has said so far. */
  readonly lines: readonly ProgramLine[]
  /** Resolves with the exit code, or `null` after a kill, when all that it said is in `lines`. */
  readonly ended: Promise<number | null>
}

/** Starts `node <program> <words…>`; whoever starts it ends it. */
export function startProgram(
  argv: readonly [program: string, ...words: string[]],
  { wrapper = [], uid, env }: StartProgramOptions = {},
): StartedProgram {
  const [command = '', ...rest] = [...wrapper, process.execPath, ...argv]
  const child = spawn(command, rest, {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
    ...(env === undefined ? {} : { env }),
  })
  // Who was killed reads no more.
  child.stdin.on('error', () => undefined)
  const lines: ProgramLine[] = []
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (text) => {
    // A killed process may leave half a line.
    if (text.startsWith('{') && text.endsWith('}')) lines.push(JSON.parse(text))
  })
  const ended = Promise.all([once(child, 'exit'), once(reader, 'close')]).then(() => child.exitCode)
  return { child, lines, ended }
}
