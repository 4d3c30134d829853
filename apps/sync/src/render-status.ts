import { formatDuration, formatTable, toPlainText } from '@tmux-orchestrator/cli'
import type { Distance } from '@tmux-orchestrator/worktree'
import type { SyncAnswer, SyncBranch } from './read-sync.ts'

export function renderStatus(answer: SyncAnswer, now: number): string {
  const head = formatTable([
    ['orchestration', `${answer.id}, ${answer.state}`],
    ['base', `${answer.base.branch} at ${answer.base.commit.slice(0, 12)}`],
    [
      'integration',
      answer.integration === null
        ? 'none'
        : `${answer.integration.branch} at ${answer.integration.commit.slice(0, 12)}`,
    ],
  ])
  const rows = answer.branches.map((branch) => [
    branch.agent,
    branch.state,
    distanceOf(branch.base),
    distanceOf(branch.integration),
    changesOf(branch, now),
    filesOf(branch.wouldConflict),
  ])
  const table = formatTable(rows, [
    'AGENT',
    'BRANCH',
    'TO BASE',
    'TO INTEGRATION',
    'CHANGES',
    'WOULD CONFLICT',
  ])
  const pairs = answer.pairs.map(
    ({ left, right, files }) => `${left} and ${right} would conflict in ${filesOf(files)}`,
  )
  const conflicts = answer.conflicts.map(
    ({ agent, files, deadline }) =>
      `conflict of ${agent} in ${filesOf(files)}, to be resolved ${deadline === null ? 'some time' : `by ${deadline}`}: tmo-sync resolve ${answer.id}/${agent}`,
  )
  return [head, table, ...pairs, ...conflicts].join('\n')
}

/** `+2 -1`: two commits ahead, one behind. */
function distanceOf(distance: Distance | null): string {
  if (distance === null) return '-'
  return distance.ahead + distance.behind === 0 ? 'even' : `+${distance.ahead} -${distance.behind}`
}

function changesOf({ changes, changedSince, broken }: SyncBranch, now: number): string {
  if (broken !== null) return `broken: ${toPlainText(broken)}`
  if (changes === null) return '-'
  if (changes === 0 || changedSince === null) return 'none'
  return `${changes}, for ${formatDuration(Math.max(0, now - Date.parse(changedSince)))}`
}

const filesMax = 5

export function filesOf(files: readonly string[]): string {
  const named = files.slice(0, filesMax).map(toPlainText).join(', ')
  return files.length > filesMax ? `${named} and ${files.length - filesMax} more` : named
}
