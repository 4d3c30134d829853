import { spawn } from 'node:child_process'

export interface RunOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly input?: string
  /** @defaultValue 120000 */
  readonly timeoutMs?: number
  /** Bytes of stdout that are kept; a program that writes more is ended. @defaultValue 16 Mi */
  readonly outputMaxBytes?: number
  readonly signal?: AbortSignal
}

export interface RunResult {
  readonly argv: readonly string[]
  /** `undefined` when a signal ended the program. */
  readonly exitCode: number | undefined
  readonly stdout: string
  /** The last 4 KiB. */
  readonly stderr: string
}

const stderrMaxChars = 4_096

/** Runs a program without a shell and waits for it. Rejects when it cannot be started, or with the signal's reason. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const { cwd, env, input, signal, timeoutMs = 120_000, outputMaxBytes = 16 * 1024 * 1024 } = options
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      timeout: timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    })
    const chunks: Buffer[] = []
    let size = 0
    let stderr = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= outputMaxBytes) chunks.push(chunk)
      else child.kill()
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-stderrMaxChars)
    })
    child.stdin?.on('error', () => child.kill()).end(input)
    child.on('error', (error) => reject(signal?.aborted ? signal.reason : error))
    child.on('close', (code) => {
      const stdout = Buffer.concat(chunks).toString('utf8')
      resolve({ argv: [program, ...args], exitCode: code ?? undefined, stdout, stderr })
    })
  })
}

/** The command and the end of what it complained, on one line. */
export function failureText(result: RunResult): string {
  const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-3).join(' ').slice(-300)
  const exit = result.exitCode === undefined ? 'was ended by a signal' : `exited with ${result.exitCode}`
  return `${result.argv.slice(0, 3).join(' ')} ${exit}${said === '' ? '' : `: ${said}`}`
}
