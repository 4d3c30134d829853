import { fileURLToPath } from 'node:url'
import {
  type ProgramLine,
  type StartedProgram,
  type StartProgramOptions,
  startProgram,
} from '../src/testing.ts'

const program = fileURLToPath(new URL('./programs/worker.mjs', import.meta.url))

/** Starts one process of the tests; it must be built. */
export function startWorker(args: readonly string[], options: StartProgramOptions = {}): StartedProgram {
  return startProgram([program, ...args], options)
}

/** Runs several to their ends; gives what all of them said. */
export async function runWorkers(commands: readonly (readonly string[])[]): Promise<readonly ProgramLine[]> {
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
