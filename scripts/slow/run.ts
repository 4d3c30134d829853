import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const exec = promisify(execFile)

/** Runs a program to its end and answers its stdout; a failure says all that it printed. */
export async function run(
  program: string,
  argv: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<string> {
  try {
    const { stdout } = await exec(program, argv, {
      ...options,
      maxBuffer: 64 * 1024 * 1024,
      timeout: 900_000,
    })
    return stdout
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${program} ${argv.join(' ')}\n${stdout}${stderr}`.slice(-4000), { cause: error })
  }
}
