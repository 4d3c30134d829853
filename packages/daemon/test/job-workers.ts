import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { TemporaryHome } from './temporary-home.ts'

const program = fileURLToPath(new URL('./programs/job-worker.mjs', import.meta.url))

export type Line = Readonly<Record<string, unknown>>

export interface JobWorker {
  readonly child: ChildProcess
  /** What it has said so far. */
  readonly lines: readonly Line[]
  /** Resolves with the exit code, or `null` after a kill. */
  readonly ended: Promise<number | null>
}

/** Starts one process that works on jobs of the home's daemon; the package must be built. */
export function startJobWorker(
  { home, env }: TemporaryHome,
  [verb = '', ...rest]: readonly string[],
): JobWorker {
  const child = spawn(process.execPath, [program, verb, home, ...rest], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  // Who was killed reads no more.
  child.stdin.on('error', () => undefined)
  const lines: Line[] = []
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (text) => {
    // A killed process may leave half a line.
    if (text.startsWith('{') && text.endsWith('}')) lines.push(JSON.parse(text))
  })
  const ended = Promise.all([once(child, 'exit'), once(reader, 'close')]).then(() => child.exitCode)
  return { child, lines, ended }
}
