import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('./programs/worker.mjs', import.meta.url))

export type Line = Readonly<Record<string, unknown>>

export interface Worker {
  readonly child: ChildProcess
  /** What it has said so far. */
  readonly lines: readonly Line[]
  /** Resolves with the exit code, or `null` after a kill. */
  readonly ended: Promise<number | null>
}

export interface StartOptions {
  /** Put before the command, as a wrapper that changes its world. */
  readonly wrapper?: readonly string[]
  readonly uid?: number
}

/** Starts one process of the tests; it must be built. */
export function startWorker(args: readonly string[], options: StartOptions = {}): Worker {
  const [command = '', ...rest] = [...(options.wrapper ?? []), process.execPath, program, ...args]
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  })
  const lines: Line[] = []
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (text) => {
    // A killed process may leave half a line.
    if (text.startsWith('{') && text.endsWith('}')) lines.push(JSON.parse(text))
  })
  const ended = Promise.all([once(child, 'exit'), once(reader, 'close')]).then(() => child.exitCode)
  return { child, lines, ended }
}

/** Runs several to their ends; gives what all of them said. */
export async function runWorkers(commands: readonly (readonly string[])[]): Promise<readonly Line[]> {
  const workers = commands.map((args) => startWorker(args))
  const codes = await Promise.all(workers.map((worker) => worker.ended))
  const lines = workers.flatMap((worker) => worker.lines)
  if (codes.some((code) => code !== 0)) throw new Error(`a worker failed: ${JSON.stringify(lines.slice(-3))}`)
  return lines
}

/** Resolves when the condition holds. */
export async function until(condition: () => boolean, limitMs = 20_000): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('waited in vain')
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
