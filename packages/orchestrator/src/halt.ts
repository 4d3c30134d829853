import { dirname } from 'node:path'
import type { Tmux } from '@tmux-orchestrator/tmux-driver'
import type { Desired } from './command-map.ts'
import { endPrograms } from './end-programs.ts'
import { endPreparations } from './prepare-worktree.ts'
import type { Runtime } from './runtime.ts'
import { describeError, errorCode } from './runtime.ts'
import type { OrchestrationRow } from './tables.ts'
import { endVerifications } from './verify.ts'

/** Ends the session by its id, after seeing our mark on it twice. */
export async function closeSession(runtime: Runtime, orchestration: OrchestrationRow): Promise<void> {
  const tmux = await reachTmux(runtime)
  if (!tmux) return
  for (let look = 0; look < 2; look += 1) {
    const session = await tmux.hasSession(orchestration.session_name)
    if (!session) return
    const mark = await tmux.getOption(session, '@tmo_orchestration')
    if (mark !== orchestration.id) {
      throw new Error(
        `the session ${orchestration.session_name} does not carry our mark, so it is left alone`,
      )
    }
    if (look === 1) await tmux.killSession(session)
  }
}

/** Without a tmux that can be used there is no session of ours to end. */
async function reachTmux(runtime: Runtime): Promise<Tmux | undefined> {
  try {
    return await runtime.runningTmux()
  } catch (error) {
    if (errorCode(error) === 'TMUX_NOT_FOUND' || errorCode(error) === 'TMUX_VERSION') return undefined
    throw error
  }
}

/** Saves what is in no commit of each worktree to a ref, without changing the worktree. */
export async function preserveAll(runtime: Runtime, desired: Desired): Promise<string[]> {
  const { orchestration, project, agents } = desired
  const saved: string[] = []
  for (const agent of agents) {
    try {
      const repository = await runtime.repository(project.path)
      const outcome = await repository.preserve(agent.worktree, {
        ref: `refs/tmo/preserved/${orchestration.id}/${agent.name}/*`,
        message: `work of ${agent.name} when ${orchestration.id} was stopped`,
      })
      if (outcome.status === 'preserved') saved.push(outcome.ref)
    } catch (error) {
      runtime.log({
        level: 'warn',
        event: 'preserve:failed',
        worktree: agent.worktree,
        error: describeError(error),
      })
    }
  }
  return saved
}

/** Stop: the agents' programs end, their work is kept in refs, worktrees stay until they are cleaned. */
export async function halt(runtime: Runtime, desired: Desired): Promise<string[]> {
  const { orchestration, agents } = desired
  const [first] = agents
  if (first) endVerifications(dirname(first.worktree))
  await endPreparations(runtime, agents)
  await closeSession(runtime, orchestration)
  await endPrograms(runtime, agents)
  const saved = await preserveAll(runtime, desired)
  await runtime.ledger.command('orchestration.state', {
    id: orchestration.id,
    state: 'stopped',
    cause: saved.length > 0 ? `stopped; uncommitted work is in ${saved.join(', ')}` : 'stopped',
  })
  return saved
}
