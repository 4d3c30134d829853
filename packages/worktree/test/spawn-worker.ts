import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'tsup'
import { cleanEnvironment } from './clean-environment.ts'

export interface Worker {
  readonly child: ChildProcess
  /** Everything it has printed so far. */
  output(): string
  /** Settles when the output contains the text. */
  printed(text: string): Promise<void>
  /** The exit code; rejects with its stderr when it is not 0. */
  finished(): Promise<void>
  /** SIGKILL, then its end. */
  kill(): Promise<void>
}

export interface Workers {
  /** A first argument that is no text is added to the environment. */
  spawn(...args: readonly [Readonly<Record<string, string>> | string, ...string[]]): Worker
  [Symbol.asyncDispose](): Promise<void>
}

/** Builds the worker program from the sources, to be run by real processes. */
export async function buildWorkers(): Promise<Workers> {
  const folder = await mkdtemp(join(tmpdir(), 'tmo-worker-'))
  await build({
    entry: { worker: new URL('worker.ts', import.meta.url).pathname },
    outDir: folder,
    outExtension: () => ({ js: '.mjs' }),
    format: 'esm',
    target: 'node20',
    config: false,
    silent: true,
    noExternal: [/.*/],
    banner: { js: "import{createRequire as r}from'node:module';const require=r(import.meta.url);" },
  })
  const running = new Set<ChildProcess>()
  return {
    spawn: (first, ...rest) => {
      const program = join(folder, 'worker.mjs')
      return typeof first === 'string'
        ? startWorker([program, first, ...rest], {}, running)
        : startWorker([program, ...rest], first, running)
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of running) child.kill('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function startWorker(
  args: readonly string[],
  extra: Readonly<Record<string, string>>,
  running: Set<ChildProcess>,
): Worker {
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...cleanEnvironment(), ...extra },
  })
  running.add(child)
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child)
    return Number(code)
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  return {
    child,
    output: () => output,
    async printed(text) {
      while (!output.includes(text)) {
        const next = await Promise.race([once(child.stdout, 'data'), ended.then(() => 'ended')])
        if (next === 'ended' && !output.includes(text)) throw new Error(`ended without ${text}: ${errors}`)
      }
    },
    async finished() {
      if ((await ended) !== 0) throw new Error(errors)
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
