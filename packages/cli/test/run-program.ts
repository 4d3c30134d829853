import { PassThrough } from 'node:stream'
import { type Command, main, type Program } from '../src/index.ts'

/** What came out of a program that ran inside the test. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunSettings extends Partial<Program> {
  readonly tty?: boolean
  /** What the user types. */
  readonly typed?: string
}

/** Runs commands with streams of their own and no signal listeners; leaves `process.exitCode` as it was. */
export async function runProgram(
  commands: readonly Command[],
  argv: readonly string[],
  settings: RunSettings = {},
): Promise<Outcome> {
  const { tty = false, typed, ...program } = settings
  const stream = (): PassThrough & { isTTY?: boolean; columns?: number } =>
    Object.assign(new PassThrough(), tty ? { isTTY: true, columns: 80 } : {})
  const [stdin, stdout, stderr] = [stream(), stream(), stream()]
  if (typed !== undefined) stdin.end(typed)
  const before = process.exitCode
  const code = await main({
    name: 'demo',
    version: '1.2.3',
    summary: 'A program for tests.',
    commands,
    argv,
    env: {},
    cwd: '/',
    signals: false,
    stdin,
    stdout,
    stderr,
    ...program,
  })
  process.exitCode = before
  return { code, stdout: text(stdout), stderr: text(stderr) }
}

function text(stream: PassThrough): string {
  const read: unknown = stream.read()
  return Buffer.isBuffer(read) ? read.toString('utf8') : ''
}
