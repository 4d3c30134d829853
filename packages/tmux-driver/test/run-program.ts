import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'tsup'

export interface BuiltProgram extends AsyncDisposable {
  /** To be run by `node`. */
  readonly path: string
}

/** A program of `test/programs` or `slow/programs` with the driver in it, for a process of its own. */
export async function buildProgram(source: URL): Promise<BuiltProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'tmo-'))
  await build({
    entry: { program: source.pathname },
    outDir: folder,
    outExtension: () => ({ js: '.mjs' }),
    format: 'esm',
    target: 'node20',
    config: false,
    silent: true,
  })
  return {
    path: join(folder, 'program.mjs'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** What the program printed as JSON, run with these words before it. */
export async function runProgram(
  source: URL,
  o: {
    readonly wrapper?: readonly string[]
    readonly args: readonly string[]
    readonly env?: Record<string, string>
  },
): Promise<unknown> {
  await using program = await buildProgram(source)
  const [command = '', ...rest] = [...(o.wrapper ?? []), process.execPath, program.path, ...o.args]
  const env = { ...process.env, ...o.env }
  const { stdout } = await promisify(execFile)(command, rest, {
    env,
    timeout: 240_000,
    killSignal: 'SIGKILL',
  })
  return JSON.parse(stdout)
}
