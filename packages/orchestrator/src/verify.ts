import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Repository } from '@tmux-orchestrator/worktree'
import { execa } from 'execa'
import { cleanEnvironment } from './clean-environment.ts'
import { endGroup, endNoted, noteProcess } from './noted-process.ts'
import type { Runtime } from './runtime.ts'

export interface Verdict {
  readonly commit: string
  /** Exit code of the command; 124 when its time ran out, 128 + n when signal n ended it. */
  readonly exitCode: number
  /** The last lines of what it printed. */
  readonly tail: string
}

const tailBytes = 4_000

export interface VerifyRequest {
  readonly command: string
  readonly commit: string
  readonly timeoutMs: number
  /** Folder in which the tree of its own is made and removed again. */
  readonly under: string
}

/**
 * Runs the verify command at exactly one commit, in a clean tree of its own that is gone afterwards. The command is
 * the user's own, so a shell reads it; it gets nothing of any agent's identity.
 */
export async function verify(
  runtime: Runtime,
  repository: Repository,
  request: VerifyRequest,
): Promise<Verdict> {
  await sweep(repository, request.under)
  const path = join(request.under, `.verify-${request.commit.slice(0, 12)}-${randomBytes(3).toString('hex')}`)
  await repository.addWorktree({ path, branch: null, base: request.commit, signal: runtime.signal })
  try {
    return await runCommand(runtime, request, path)
  } finally {
    await repository.discardWorktree(path, { at: request.commit })
  }
}

/** What a killed run left: verifications of one team run one after another, so any other tree here is a leftover. */
export async function sweep(repository: Repository, under: string): Promise<void> {
  endVerifications(under)
  for (const tree of await repository.listWorktrees()) {
    if (dirname(tree.path) !== under || !basename(tree.path).startsWith('.verify-')) continue
    if (tree.head !== undefined) await repository.discardWorktree(tree.path, { at: tree.head })
  }
}

async function runCommand(runtime: Runtime, request: VerifyRequest, cwd: string): Promise<Verdict> {
  const child = execa('sh', ['-c', request.command], {
    cwd,
    env: cleanEnvironment(runtime.env),
    extendEnv: false,
    all: true,
    reject: false,
    stdin: 'ignore',
    detached: true,
    maxBuffer: 64 * 1024 * 1024,
  })
  let isLate = false
  const noted = noteProcess(`${cwd}.pid`, child.pid)
  const stop = (): void => {
    if (child.pid !== undefined) endGroup(child.pid)
  }
  const timer = setTimeout(() => {
    isLate = true
    stop()
  }, request.timeoutMs)
  runtime.signal.addEventListener('abort', stop, { once: true })
  try {
    const result = await child
    runtime.signal.throwIfAborted()
    const output = String(result.all ?? '')
    const tail = Buffer.from(output).subarray(-tailBytes).toString('utf8').trim()
    if (isLate) return { commit: request.commit, exitCode: 124, tail: `${tail}\n(its time ran out)` }
    const exitCode = result.exitCode ?? (result.signal === undefined ? 127 : 128 + 15)
    return { commit: request.commit, exitCode, tail }
  } finally {
    clearTimeout(timer)
    stop()
    await noted.remove()
    runtime.signal.removeEventListener('abort', stop)
  }
}

/** Ends verify commands that outlived their daemon, and those of a team that is to stop. */
export function endVerifications(under: string): void {
  for (const name of existsSync(under) ? readdirSync(under) : []) {
    if (!name.startsWith('.verify-') || !name.endsWith('.pid')) continue
    endNoted(join(under, name))
  }
}
