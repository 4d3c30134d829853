import { fileURLToPath } from 'node:url'
import { type StartedProgram, startProgram } from '@tmux-orchestrator/scheduler-db/testing'
import type { TemporaryHome } from './temporary-home.ts'

const program = fileURLToPath(new URL('./programs/job-worker.mjs', import.meta.url))

/** Starts one process that works on jobs of the home's daemon; the package must be built. */
export function startJobWorker(
  { home, env }: TemporaryHome,
  [verb = '', ...rest]: readonly string[],
): StartedProgram {
  return startProgram([program, verb, home, ...rest], { env })
}
