import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runHook } from '@tmux-orchestrator/worktree'
import { cleanEnvironment } from './clean-environment.ts'
import type { Desired } from './command-map.ts'
import { OrchestratorError } from './errors.ts'
import { endNoted, type NotedProcess, noteProcess } from './noted-process.ts'
import { noPreparation, type Preparation } from './preparation.ts'
import { describeError, type Runtime } from './runtime.ts'
import type { AgentRow, OrchestrationRow } from './tables.ts'

const tailChars = 1_500

export function preparationOf({ preparation }: Pick<OrchestrationRow, 'preparation'>): Preparation {
  return preparation === null ? noPreparation : (JSON.parse(preparation) as Preparation)
}

/**
 * Runs a hook of the run in one agent's worktree: the content that the base commit has, which a person agreed to, whatever the
 * agent made of the file. Its output is kept in the agent's folder. Answers how long it took, or `null` when there is none.
 *
 * @throws OrchestratorError HOOK_FAILED with the end of its output; a file without `#!` cannot be run
 */
export async function runTeamHook(
  runtime: Runtime,
  { orchestration, project }: Desired,
  agent: AgentRow,
  kind: 'setup' | 'teardown',
  signal?: AbortSignal,
): Promise<number | null> {
  const { hookTimeoutMs, [kind]: hook } = preparationOf(orchestration)
  if (hook === null) return null
  const repository = await runtime.repository(project.path)
  const content = await repository.readFile(orchestration.base_commit, hook.file)
  if (content === undefined) throw failed(kind, hook.file, 'the base commit no longer has it')
  const folder = runtime.folder(orchestration.id, agent.name)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const note = noteOf(runtime, agent)
  endNoted(note)
  let noted: NotedProcess | undefined
  try {
    const ran = await runHook(agent.worktree, {
      file: hook.file,
      content,
      isTrusted: (hash) => hash === hook.hash,
      timeoutMs: hookTimeoutMs,
      env: { ...cleanEnvironment(runtime.env), ...hookEnvironment(agent, project.path) },
      extendEnv: false,
      onStart: (pid) => {
        noted = noteProcess(note, pid)
      },
      ...(signal && { signal }),
    })
    if (ran.status === 'absent' || ran.status === 'untrusted')
      throw failed(kind, hook.file, 'it is not what was agreed to')
    await writeFile(join(folder, `${kind}.log`), ran.output, { mode: 0o600 })
    if (ran.status === 'succeeded') return ran.durationMs
    const how =
      ran.status === 'timed-out'
        ? `it did not end within ${Math.round(hookTimeoutMs / 1000)} s`
        : ran.exitCode === undefined
          ? 'a signal ended it'
          : `it left with ${ran.exitCode}`
    const tail = ran.output.trim().slice(-tailChars)
    throw failed(kind, hook.file, tail === '' ? how : `${how}: ${tail}`)
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof OrchestratorError) throw error
    throw failed(kind, hook.file, describeError(error), error)
  } finally {
    await noted?.remove()
  }
}

/** Undoes what a set-up did, where there is a worktree to undo it in; answers why that failed, if it did. */
export async function tearDown(
  runtime: Runtime,
  desired: Desired,
  agent: AgentRow,
): Promise<string | undefined> {
  const { teardown } = preparationOf(desired.orchestration)
  if (teardown === null || !existsSync(join(agent.worktree, '.git'))) return undefined
  try {
    await runTeamHook(runtime, desired, agent, 'teardown', runtime.signal)
    return undefined
  } catch (error) {
    runtime.signal.throwIfAborted()
    return `${agent.name}: ${describeError(error)}`
  }
}

/** Ends the hook that a daemon which is gone left running in this agent's worktree. */
export function endHook(runtime: Runtime, agent: AgentRow): void {
  endNoted(noteOf(runtime, agent))
}

/** The ports of an agent, as its program and its hooks find them in their environment. */
export function portEnvironment({ port_first: first, port_last: last }: AgentRow): Record<string, string> {
  if (first === null || last === null) return {}
  return { TMO_PORT_FIRST: String(first), TMO_PORT_LAST: String(last) }
}

function hookEnvironment(agent: AgentRow, project: string): Record<string, string> {
  return { TMO_PROJECT: project, TMO_BRANCH: agent.branch, ...portEnvironment(agent) }
}

function noteOf(runtime: Runtime, agent: AgentRow): string {
  return join(runtime.folder(agent.orchestration_id, agent.name), 'hook.pid')
}

function failed(kind: string, file: string, why: string, cause?: unknown): OrchestratorError {
  const name = kind === 'setup' ? 'set-up' : 'tear-down'
  return new OrchestratorError('HOOK_FAILED', `the ${name} ${file} failed: ${why}`, { cause })
}
