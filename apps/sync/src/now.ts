import { type Command, defineCommand } from '@tmux-orchestrator/cli'
import { connectDaemon } from '@tmux-orchestrator/daemon'
import { openRepository } from '@tmux-orchestrator/worktree'
import { getAgent, readSync, type SyncBranch, splitTarget } from './read-sync.ts'
import { filesOf } from './render-status.ts'

/** What `tmo-sync now --json` prints. */
export interface NowAnswer {
  readonly id: string
  readonly dryRun: boolean
  readonly told: readonly { readonly agent: string; readonly behind: number; readonly state: string }[]
  readonly left: readonly { readonly agent: string; readonly reason: string }[]
}

export const nowCommand: Command = defineCommand({
  name: 'now',
  summary: 'Tell agents whose branch is behind the integration branch to merge it.',
  description:
    'An agent’s branch is brought up to date by the agent alone: a merge never happens in somebody’s tree. Each is told once how far it is behind and which files would conflict; who is even with the integration branch, done, or has nothing left to do is left alone.',
  examples: ['tmo-sync now hello-abcd', 'tmo-sync now hello-abcd/developer --dry-run'],
  args: [{ name: 'target', description: 'ID or ID/NAME', required: true }],
  options: [{ flag: '-n, --dry-run', description: 'only say whom' }],
  async run({ args, options, context }): Promise<NowAnswer> {
    const { env, signal } = context
    const { id, name } = splitTarget(args.target)
    await using daemon = await connectDaemon({ env, signal })
    const view = await daemon.call('orchestration.status', { id, commits: false })
    if (name !== undefined) getAgent(view, name)
    const answer = await readSync(view, await openRepository(view.project, { signal, env }))
    const told: { agent: string; behind: number; state: string }[] = []
    const left: { agent: string; reason: string }[] = []
    for (const branch of answer.branches.filter(({ agent }) => name === undefined || agent === name)) {
      const reason = reasonToLeave(branch, getAgent(view, branch.agent).state)
      if (reason !== undefined || answer.integration === null) {
        left.push({ agent: branch.agent, reason: reason ?? 'the team has no integration branch' })
        continue
      }
      const behind = branch.integration?.behind ?? 0
      if (options.dryRun) {
        told.push({ agent: branch.agent, behind, state: 'not sent' })
        continue
      }
      const text = wordingOf(branch, answer.integration.branch)
      const sent = await daemon.call('message.send', { target: `${view.id}/${branch.agent}`, text })
      told.push({ agent: branch.agent, behind, state: sent.messages[0]?.state ?? 'pending' })
    }
    return { id: view.id, dryRun: options.dryRun, told, left }
  },
  render: ({ told, left, dryRun }: NowAnswer) =>
    [
      ...told.map(
        ({ agent, behind, state }) =>
          `${agent}: ${dryRun ? 'would be told' : `told (${state})`}, ${behind} behind`,
      ),
      ...left.map(({ agent, reason }) => `${agent}: left alone, ${reason}`),
    ].join('\n'),
})

export function reasonToLeave(branch: SyncBranch, state: string): string | undefined {
  if (branch.commit === null) return 'its branch is gone'
  if (branch.integration === null) return 'the team has no integration branch'
  if (branch.integration.behind === 0) return 'it is not behind'
  return state === 'running' || state === 'paused' ? undefined : `it is ${state}`
}

export function wordingOf(branch: SyncBranch, integration: string): string {
  const first = branch.changes === 0 ? '' : 'Commit what you have changed first. '
  const conflicts =
    branch.wouldConflict.length === 0
      ? 'It merges cleanly.'
      : `It conflicts in ${filesOf(branch.wouldConflict)}: keep what both sides added.`
  return `Your branch is ${branch.integration?.behind ?? 0} commits behind ${integration}. ${first}When it suits your work, run: git merge ${integration}. ${conflicts}`
}
