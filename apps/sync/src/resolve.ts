import {
  CliError,
  type Command,
  defineCommand,
  type ExitWith,
  exit,
  toPlainText,
  UsageError,
} from '@tmux-orchestrator/cli'
import { connectDaemon } from '@tmux-orchestrator/daemon'
import type { OrchestrationView } from '@tmux-orchestrator/orchestrator'
import {
  type FileSides,
  openRepository,
  type Repository,
  type ResolutionReport,
} from '@tmux-orchestrator/worktree'
import { getAgent, splitTarget } from './read-sync.ts'

/** What `tmo-sync resolve --json` prints. */
export interface ResolveAnswer {
  readonly id: string
  readonly agent: string
  /** The conflict that waits; `null` when none does. */
  readonly conflict: OrchestrationView['conflicts'][number] | null
  /** What each side did to the files that conflict. */
  readonly sides: readonly FileSides[]
  /** The commit that was looked at as a resolution; `null` when the branch has not gone on. */
  readonly resolution: string | null
  /** Absent lines, leftover markers, sides that were not merged; `null` while there is no resolution. */
  readonly report: ResolutionReport | null
}

export const resolveCommand: Command = defineCommand({
  name: 'resolve',
  summary: 'A conflict in depth, and whether its resolution kept what both sides added.',
  description:
    'Nothing is resolved by us. Shows which side did what to each file that conflicts and, once the branch has gone on (or of --check), every line of either side that the resolution lacks. Exit 3 while the conflict waits or something is missing.',
  examples: ['tmo-sync resolve hello-abcd/developer', 'tmo-sync resolve hello-abcd/developer --check HEAD~1'],
  args: [{ name: 'target', description: 'ID/NAME', required: true }],
  options: [{ flag: '--check <commit>', description: 'the resolution; the tip of the branch by default' }],
  async run({ args, options, context }): Promise<ResolveAnswer | ExitWith<ResolveAnswer>> {
    const { env, signal } = context
    const { id, name } = splitTarget(args.target)
    if (name === undefined)
      throw new UsageError('say whose conflict: ID/NAME', { hint: 'tmo-sync status ID shows them' })
    await using daemon = await connectDaemon({ env, signal })
    const view = await daemon.call('orchestration.status', { id, commits: false })
    const agent = getAgent(view, name)
    const conflict = view.conflicts.find((one) => one.agent === name) ?? null
    const answer = { id: view.id, agent: name, conflict, sides: [], resolution: null, report: null }
    if (conflict === null) return answer
    const repository = await openRepository(view.project, { signal, env })
    const { intoCommit: into, fromCommit: from } = conflict
    const sides = await sidesOf(repository, conflict)
    const revision = options.check ?? `refs/heads/${agent.branch}`
    const resolution = await repository.resolveCommit(revision)
    if (resolution === undefined)
      throw new CliError('NO_SUCH_COMMIT', `${JSON.stringify(revision)} names no commit`)
    if (resolution === from) return exit(3, { ...answer, sides })
    const report = await repository.checkResolution({ into, from, resolution })
    return exit(3, { ...answer, sides, resolution, report })
  },
  render: renderResolve,
})

async function sidesOf(
  repository: Repository,
  { intoCommit: into, fromCommit: from, files }: OrchestrationView['conflicts'][number],
): Promise<readonly FileSides[]> {
  const tried = await repository.merge({ into, from, message: 'Looked at' })
  return tried.status === 'conflicted' ? tried.sides.filter(({ path }) => files.includes(path)) : []
}

export function renderResolve({ id, agent, conflict, sides, resolution, report }: ResolveAnswer): string {
  if (conflict === null) return `no conflict of ${agent} waits`
  const head = [
    `conflict of ${agent} at ${conflict.fromCommit.slice(0, 12)} with ${conflict.intoCommit.slice(0, 12)}, to be resolved ${conflict.deadline === null ? 'some time' : `by ${conflict.deadline}`}`,
    ...sides.map(
      (file) => `  ${toPlainText(file.path)}: integration ${did(file.into)}, ${agent} ${did(file.from)}`,
    ),
  ]
  if (report === null || resolution === null)
    return [
      ...head,
      `not resolved yet; ${agent} merges the integration branch, commits and reports done again (tmo send ${id}/${agent} …)`,
    ].join('\n')
  const at = resolution.slice(0, 12)
  if (report.complete)
    return [...head, `${at} keeps what both sides added; ${agent} reports done to have it merged`].join('\n')
  return [
    ...head,
    ...report.notMerged.map(
      (side) =>
        `${at} does not contain ${side === 'into' ? 'the integration branch' : `the work of ${agent}`}`,
    ),
    ...report.markers.map((path) => `${at} has conflict markers in ${toPlainText(path)}`),
    ...report.unlike.map((path) => `${at} has neither side's ${toPlainText(path)}`),
    ...report.lost.map(
      ({ path, side, line, count }) =>
        `${at} lacks in ${toPlainText(path)}, of ${side === 'into' ? 'the integration branch' : agent}${count > 1 ? `, ${count} times` : ''}: ${toPlainText(line)}`,
    ),
    ...(report.lostCount > report.lost.length
      ? [`and ${report.lostCount - report.lost.length} lines more`]
      : []),
  ].join('\n')
}

function did(change: FileSides['into']): string {
  if (change === undefined) return 'left it alone'
  if (change.addedLines === undefined || change.removedLines === undefined) return `${change.kind} it`
  return `${change.kind} it (+${change.addedLines} -${change.removedLines})`
}
