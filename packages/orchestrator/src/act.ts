import { randomUUID } from 'node:crypto'
import type { Desired } from './command-map.ts'
import type { Action } from './diff.ts'
import { endProgram, endPrograms, politeMs } from './end-programs.ts'
import { halt } from './halt.ts'
import { createBriefToken } from './identity.ts'
import { readLastWords } from './last-words.ts'
import { launch } from './launch.ts'
import type { PaneSight, TmuxSight } from './observe.ts'
import { startPasting } from './paste-brief.ts'
import { makeWorktree, prepareWorktree } from './prepare-worktree.ts'
import { probeProcess, processStart } from './process-identity.ts'
import type { Runtime } from './runtime.ts'
import { describeError, errorCode } from './runtime.ts'
import type { AgentRow } from './tables.ts'
import { undoStart } from './undo-start.ts'

/** One pass over one orchestration. */
export interface Pass {
  readonly desired: Desired
  readonly sight: TmuxSight
}

/**
 * Performs one pass's actions: those of the whole orchestration first, then each agent's in order, agents (and the
 * integration branch, which none of them needs yet) beside each other. Every action can be performed again without harm. A failing agent does not stop the others.
 */
export async function act(runtime: Runtime, pass: Pass, actions: readonly Action[]): Promise<void> {
  const own = new Map<string, Action[]>()
  let branching: Promise<void> | undefined
  for (const action of actions) {
    if ('agent' in action) own.set(action.agent, [...(own.get(action.agent) ?? []), action])
    else if (action.kind === 'create-integration') branching = actOnTeam(runtime, pass, action)
    else await actOnTeam(runtime, pass, action)
  }
  branching?.catch(() => undefined)
  const causes = await Promise.all([...own].map(([name, steps]) => actInOrder(runtime, pass, name, steps)))
  await branching
  const hopelessCause = causes.find((cause) => cause !== undefined)
  if (hopelessCause !== undefined) await undoStart(runtime, pass.desired, hopelessCause)
}

async function actOnTeam(runtime: Runtime, pass: Pass, action: Action): Promise<void> {
  const { orchestration } = pass.desired
  const { id } = orchestration
  switch (action.kind) {
    case 'set-starting':
      await runtime.ledger.command('orchestration.state', { id, state: 'starting' })
      return
    case 'set-running':
      await runtime.ledger.command('orchestration.state', { id, state: 'running' })
      return
    case 'create-integration':
      await createIntegration(runtime, pass.desired)
      return
    case 'finish':
      await runtime.ledger.command('orchestration.finish', { id })
      runtime.wake({ jobs: true })
      return
    case 'fail-start':
      await undoStart(runtime, pass.desired, action.cause)
      return
    case 'halt':
      await halt(runtime, pass.desired)
      return
    default:
      throw new TypeError(`${action.kind} is not an action on a team`)
  }
}

/** The branch may stand already when a crash came between git and the database; it is ours by its name and place. */
async function createIntegration(runtime: Runtime, desired: Desired): Promise<void> {
  const { orchestration, project } = desired
  if (orchestration.integration_branch === null) return
  const repository = await runtime.repository(project.path)
  const { base_commit: base, integration_branch: branch } = orchestration
  const outcome = await repository.updateBranch(branch, base, { expected: null })
  const standing = outcome === 'updated' ? base : await repository.resolveCommit(`refs/heads/${branch}`)
  if (standing === undefined) throw new Error(`the branch ${branch} could not be created`)
  await runtime.ledger.command('orchestration.integration', { id: orchestration.id, commit: standing })
}

async function actInOrder(
  runtime: Runtime,
  pass: Pass,
  name: string,
  steps: readonly Action[],
): Promise<string | undefined> {
  const agent = pass.desired.agents.find((candidate) => candidate.name === name)
  if (!agent) return undefined
  try {
    let current = agent
    for (const step of steps) {
      if (step.kind !== 'prepare-worktree') await actOnAgent(runtime, pass, current, step)
      else {
        const ready = await prepareWorktree(runtime, pass, current)
        if (ready === undefined) break
        current = ready
      }
    }
  } catch (error) {
    return await failed(runtime, pass.desired, agent, error)
  }
  return undefined
}

async function actOnAgent(runtime: Runtime, pass: Pass, agent: AgentRow, action: Action): Promise<void> {
  const key = { id: agent.orchestration_id, name: agent.name }
  switch (action.kind) {
    case 'add-worktree':
      await makeWorktree(runtime, pass, agent)
      return
    case 'launch':
      await launch(runtime, pass, agent, action.mode)
      return
    case 'continue':
      await runtime.ledger.command('agent.continue', {
        ...key,
        conversationId: randomUUID(),
        token: createBriefToken(),
        cause: action.cause,
      })
      return
    case 'record-pane':
      await runtime.ledger.command('agent.pane', {
        ...key,
        pid: action.pid,
        pidStart: processStart(action.pid),
      })
      return
    case 'record-briefed':
      await runtime.ledger.command('agent.briefed', {
        ...key,
        conversationId: agent.conversation_id,
        proof: action.proof,
      })
      runtime.wake({ deliveries: true, jobs: true })
      return
    case 'record-exit':
      await runtime.ledger.command('agent.exited', {
        ...key,
        cause: action.cause,
        counted: false,
        ended: agent.pane_pid,
      })
      return
    case 'paste-brief': {
      const pane = findSight(pass, key.id, action.pane)
      if (pane) startPasting(runtime, pass, agent, pane)
      return
    }
    case 'close-pane':
      await closePane(runtime, pass, agent, action)
      return
    case 'end-process':
      endProcess(runtime, agent)
      return
    case 'need-human':
      await runtime.ledger.command('agent.state', { ...key, state: 'needs-human', cause: action.cause })
      await runtime.ledger.command('orchestration.state', {
        id: key.id,
        state: 'needs-human',
        cause: action.cause,
      })
      return
    default:
      throw new TypeError(`${action.kind} is not an action on an agent`)
  }
}

/** A program that still runs is gone before anybody is told so: another one is started beside none. */
async function closePane(
  runtime: Runtime,
  pass: Pass,
  agent: AgentRow,
  action: Extract<Action, { kind: 'close-pane' }>,
): Promise<void> {
  const pane = findSight(pass, agent.orchestration_id, action.pane)
  const tmux = await runtime.runningTmux()
  const words = pane?.dead && tmux ? await readLastWords(runtime, tmux, pane.pane) : ''
  if (pane && !pane.dead) {
    const start = processStart(pane.pid)
    await tmux?.killPane(pane.pane)
    await endPrograms(runtime, [{ ...agent, pane_pid: pane.pid, pane_pid_start: start }])
  }
  await runtime.ledger.command('agent.exited', {
    id: agent.orchestration_id,
    name: agent.name,
    cause: words === '' ? action.cause : `${action.cause}: ${words}`,
    counted: action.counted,
    ended: pane?.pid ?? null,
  })
  if (pane?.dead) await tmux?.killPane(pane.pane)
}

function findSight(pass: Pass, id: string, pane: string): PaneSight | undefined {
  return pass.sight.panes.get(id)?.find((sight) => sight.pane === pane)
}

const orphanSince = new Map<string, number>()
const ending = new Set<string>()

/** The window is gone and its process is not. The pass does not wait for it: another one looks again. */
function endProcess(runtime: Runtime, agent: AgentRow): void {
  if (agent.pane_pid === null) return
  const key = `${agent.pane_pid}:${agent.pane_pid_start}`
  const since = orphanSince.get(key) ?? performance.now()
  orphanSince.set(key, since)
  setTimeout(() => runtime.wake({ id: agent.orchestration_id }), 50).unref()
  if (probeProcess(agent.pane_pid, agent.pane_pid_start) !== 'present') orphanSince.delete(key)
  else if (performance.now() - since >= politeMs && !ending.has(key)) {
    ending.add(key)
    endProgram(runtime, agent)
      .catch((error: unknown) => {
        runtime.log({
          level: 'error',
          event: 'agent:not-ended',
          agent: agent.name,
          error: describeError(error),
        })
      })
      .finally(() => ending.delete(key))
  }
}

/** Codes after which another try cannot help: the start fails now, with its cause. */
const hopeless: ReadonlySet<string> = new Set([
  'TMUX_NOT_FOUND',
  'TMUX_VERSION',
  'PATH_TAKEN',
  'BRANCH_IN_USE',
  'NOT_A_REPOSITORY',
  'DISK_FULL',
  'AGENT_PROGRAM_MISSING',
  'GIT_NOT_FOUND',
  'WORKTREE_BROKEN',
])

/** Answers the cause when no other try can help before the first start; the caller takes the start back once all have ended. */
async function failed(
  runtime: Runtime,
  desired: Desired,
  agent: AgentRow,
  error: unknown,
): Promise<string | undefined> {
  if (runtime.signal.aborted) return undefined
  const cause = describeError(error)
  const key = { id: agent.orchestration_id, name: agent.name }
  runtime.log({
    level: 'error',
    event: 'agent:action-failed',
    ...key,
    error: cause,
    code: errorCode(error) ?? null,
  })
  if (desired.orchestration.started_at === null && hopeless.has(errorCode(error) ?? '')) {
    return `${agent.name}: ${cause}`
  }
  const { breaker } = await runtime.ledger.command('agent.exited', {
    ...key,
    cause,
    counted: true,
    ended: null,
  })
  const pauseMs = breaker === 'open' ? 0 : 500
  setTimeout(() => runtime.wake({ id: key.id }), pauseMs).unref()
  return undefined
}
