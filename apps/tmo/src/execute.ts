import { execFile } from 'node:child_process'
import { CliError } from '@tmux-orchestrator/cli'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface ExecuteOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  readonly input?: string
}

const timeoutMs = 120_000
const bytesMax = 4 * 1024 * 1024

/** Runs a program to its end, without a shell; undefined when there is no such program. */
export async function execute(
  file: string,
  argv: readonly string[],
  { cwd, env, signal, input }: ExecuteOptions,
): Promise<Ran | undefined> {
  return await new Promise((resolve, reject) => {
    const options = { cwd, env: { ...env }, signal, timeout: timeoutMs, maxBuffer: bytesMax }
    const child = execFile(file, argv, options, (error, stdout, stderr) => {
      if (signal.aborted) reject(signal.reason)
      else if (error === null) resolve({ code: 0, stdout, stderr })
      else if (error.code === 'ENOENT') resolve(undefined)
      else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr })
      else
        reject(
          new CliError('FAILED', `${file} ${argv[0] ?? ''} did not end: ${error.message}`, { cause: error }),
        )
    })
    // who has ended does not read
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input ?? '')
  })
}
