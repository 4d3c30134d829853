import { execFile } from 'node:child_process'

export interface RunOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end, however it ends. */
export async function attempt(program: string, argv: readonly string[], options: RunOptions): Promise<Ran> {
  const limits = { maxBuffer: 64 * 1024 * 1024, timeout: 1_500_000 }
  return await new Promise((resolve, reject) => {
    const child = execFile(program, argv, { ...options, ...limits }, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr })
      else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr })
      else
        reject(new Error(`${program} ${argv.join(' ')}\n${stdout}${stderr}`.slice(-4000), { cause: error }))
    })
    child.stdin?.end()
  })
}

/** Runs a program to its end and answers its stdout; a failure says all that it printed. */
export async function run(program: string, argv: readonly string[], options: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await attempt(program, argv, options)
  if (code === 0) return stdout
  throw new Error(`${program} ${argv.join(' ')} left with ${code}\n${stdout}${stderr}`.slice(-4000))
}
