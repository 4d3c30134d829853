import { rm } from 'node:fs/promises'
import type { Desired } from './command-map.ts'
import { endPrograms } from './end-programs.ts'
import { closeSession } from './halt.ts'
import { endPreparations } from './prepare-worktree.ts'
import { tearDown } from './run-team-hook.ts'
import type { Runtime } from './runtime.ts'
import { describeError } from './runtime.ts'

/**
 * A start that fails leaves nothing half-made: windows, worktrees and branches of this start go away, in reverse
 * order; what an agent had already committed or written stays, in its branch or a saved ref. Then the orchestration
 * is `failed`, with the cause.
 */
export async function undoStart(runtime: Runtime, desired: Desired, cause: string): Promise<void> {
  const { orchestration, agents, project } = desired
  const kept: string[] = []
  const attempt = async (what: string, step: () => Promise<void>): Promise<void> => {
    try {
      await step()
    } catch (error) {
      kept.push(`${what}: ${describeError(error)}`)
    }
  }
  await attempt('session', () => closeSession(runtime, orchestration))
  const latest = (await runtime.ledger.query('desired', { id: orchestration.id }))?.agents ?? agents
  await attempt('programs', () => endPrograms(runtime, latest))
  await attempt('preparations', () => endPreparations(runtime, latest))
  const left = await Promise.all(latest.map((agent) => tearDown(runtime, desired, agent)))
  kept.push(...left.filter((why) => why !== undefined))
  for (const agent of agents) {
    await attempt(agent.worktree, async () => {
      const repository = await runtime.repository(project.path)
      const removed = await repository.removeWorktree(agent.worktree, {
        force: 'preserve',
        preserveRef: `refs/tmo/preserved/${orchestration.id}/${agent.name}/*`,
      })
      if (removed.status === 'refused') kept.push(`${agent.worktree}: ${removed.reasons.join('; ')}`)
    })
    await attempt(agent.branch, async () => {
      const repository = await runtime.repository(project.path)
      await repository.deleteBranch(agent.branch, { expected: orchestration.base_commit })
    })
  }
  const integration = orchestration.integration_branch
  if (integration !== null) {
    await attempt(integration, async () => {
      const repository = await runtime.repository(project.path)
      await repository.deleteBranch(integration, { expected: orchestration.base_commit })
    })
  }
  await attempt('folder', () => rm(runtime.folder(orchestration.id), { recursive: true, force: true }))
  if (kept.length > 0)
    runtime.log({ level: 'warn', event: 'start:undo-incomplete', id: orchestration.id, kept })
  const said = kept.length > 0 ? `${cause}; not undone: ${kept.join('; ')}` : cause
  await runtime.ledger.command('orchestration.state', { id: orchestration.id, state: 'failed', cause: said })
}
