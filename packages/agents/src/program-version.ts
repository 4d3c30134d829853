import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import type { Environment } from './find-program.ts'

/** Gemini CLI takes two seconds for it alone, and tenfold on a machine that starts a team. */
export const versionTimeoutMs = 60_000
/** A program that starts others by name may change without its file; so what it said is believed this long only. */
const believedMs = 60_000

interface Options {
  readonly env: Environment
  readonly signal?: AbortSignal
}

const said = new Map<string, { readonly version: string; readonly at: number }>()

/**
 * The first line of `<program> --version`, or undefined when it fails, hangs or prints nothing. Many programs take as
 * long for it as for a start, so an answer holds for a minute while the program's files are the same.
 */
export async function readVersion(
  argv: readonly [string, ...string[]],
  options: Options,
): Promise<string | undefined> {
  const key = await printOf(argv)
  const known = key === undefined ? undefined : said.get(key)
  if (known !== undefined && performance.now() - known.at < believedMs) return known.version
  const version = await askVersion(argv, options)
  if (key !== undefined && version !== undefined) said.set(key, { version, at: performance.now() })
  return version
}

/** What tells these files from any others, and from themselves after a change. */
async function printOf(files: readonly string[]): Promise<string | undefined> {
  try {
    const stats = await Promise.all(files.map((file) => stat(file, { bigint: true })))
    return stats.map(({ dev, ino, size, ctimeNs }) => `${dev}:${ino}:${size}:${ctimeNs}`).join(' ')
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}

function askVersion(argv: readonly [string, ...string[]], options: Options): Promise<string | undefined> {
  const [file, ...args] = argv
  const settings = {
    env: { ...options.env },
    timeout: versionTimeoutMs,
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
