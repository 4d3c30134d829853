import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { lstat, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve, sep } from 'node:path'
import { unlessAbsent } from './half-made.ts'
import type { HookResult, RunHookOptions } from './prepare-types.ts'

const defaults = { timeoutMs: 300_000, maxOutputBytes: 64 * 1024, extendEnv: true } as const
const killGraceMs = 2_000

/**
 * Runs a worktree's set-up or tear-down program, once a person has agreed to its very content: what runs is a copy of the bytes
 * whose hash was agreed to. It has no input, and its whole process group ends with its time.
 *
 * @throws TypeError when the file lies outside of the worktree or is no regular file
 */
export async function runHook(worktree: string, options: RunHookOptions): Promise<HookResult> {
  options.signal?.throwIfAborted()
  const content = options.content ?? (await readHook(worktree, options.file))
  if (content === undefined) return { status: 'absent' }
  const hash = createHash('sha256').update(content).digest('hex')
  if (!options.isTrusted(hash)) return { status: 'untrusted', hash }
  const folder = await mkdtemp(join(tmpdir(), 'tmo-hook-'))
  try {
    const program = join(folder, basename(options.file))
    await writeFile(program, content, { mode: 0o700 })
    return { hash, ...(await run(program, worktree, options)) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function readHook(worktree: string, name: string): Promise<Uint8Array | undefined> {
  const file = resolve(worktree, name)
  const found = await unlessAbsent(lstat(file))
  if (found === undefined) return undefined
  if (!found.isFile() || !(await realpath(file)).startsWith(`${await realpath(worktree)}${sep}`))
    throw new TypeError(`a hook must be a regular file of the worktree: ${name}`)
  return readFile(file)
}

type Ended = Omit<Exclude<HookResult, { status: 'untrusted' | 'absent' }>, 'hash'>

async function run(program: string, cwd: string, options: RunHookOptions): Promise<Ended> {
  const { timeoutMs, maxOutputBytes, signal, env, extendEnv } = { ...defaults, ...options }
  const startedAt = performance.now()
  const child = spawn(program, [], {
    cwd,
    env: { ...(extendEnv ? process.env : {}), ...env, TMO_WORKTREE: cwd },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const output = new Tail(maxOutputBytes)
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.add(chunk))
  let isLate = false
  let hardKill: NodeJS.Timeout | undefined
  const end = (): void => {
    killGroup(child.pid, 'SIGTERM')
    hardKill ??= setTimeout(() => killGroup(child.pid, 'SIGKILL'), killGraceMs)
  }
  const deadline = setTimeout(() => {
    isLate = true
    end()
  }, timeoutMs)
  signal?.addEventListener('abort', end, { once: true })
  if (signal?.aborted) end()
  try {
    if (child.pid !== undefined) options.onStart?.(child.pid)
    const [code] = (await once(child, 'exit')) as [number | null]
    // What it left running in its group would hold the pipes open.
    killGroup(child.pid, 'SIGKILL')
    signal?.throwIfAborted()
    const status = isLate ? 'timed-out' : code === 0 ? 'succeeded' : 'failed'
    return {
      status,
      ...(code === null ? {} : { exitCode: code }),
      output: output.text(),
      droppedBytes: output.dropped,
      durationMs: Math.round(performance.now() - startedAt),
    }
  } finally {
    clearTimeout(deadline)
    clearTimeout(hardKill)
    signal?.removeEventListener('abort', end)
  }
}

/** Keeps the last bytes that it was given. */
class Tail {
  dropped = 0
  readonly #max: number
  #kept = Buffer.alloc(0)

  constructor(max: number) {
    this.#max = max
  }

  add(chunk: Buffer): void {
    const all = Buffer.concat([this.#kept, chunk.subarray(-this.#max)])
    const kept = all.subarray(-this.#max)
    this.dropped += this.#kept.length + chunk.length - kept.length
    this.#kept = Buffer.from(kept)
  }

  text(): string {
    return this.#kept.toString()
  }
}

function killGroup(pid: number | undefined, name: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
