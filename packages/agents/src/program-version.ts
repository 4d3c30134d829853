import { execFile } from 'node:child_process'
import type { Environment } from './find-program.ts'

const timeoutMs = 15_000

/** The first line of `<program> --version`, or undefined when it fails, hangs or prints nothing. */
export function readVersion(
  argv: readonly [string, ...string[]],
  options: { readonly env: Environment; readonly signal?: AbortSignal },
): Promise<string | undefined> {
  const [file, ...args] = argv
  const settings = {
    env: { ...options.env },
    timeout: timeoutMs,
    maxBuffer: 65_536,
    killSignal: 'SIGKILL',
  } as const
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      [...args, '--version'],
      { ...settings, ...(options.signal && { signal: options.signal }) },
      (error, stdout) => {
        if (options.signal?.aborted) reject(options.signal.reason)
        else resolve(error ? undefined : stdout.trim().split('\n')[0] || undefined)
      },
    )
    child.stdin?.end()
  })
}
