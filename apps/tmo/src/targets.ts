import { UsageError } from '@tmux-orchestrator/cli'
import type { DaemonClient } from '@tmux-orchestrator/daemon'
import type { OrchestrationSummary } from '@tmux-orchestrator/orchestrator'

/** The one that is named, or all that `fits`; both or neither is a usage error. */
export async function chooseIds(
  daemon: DaemonClient,
  id: string | undefined,
  all: boolean,
  fits: (row: OrchestrationSummary) => boolean,
): Promise<readonly string[]> {
  if ((id === undefined) !== all)
    throw new UsageError('say either an ID or --all', { hint: 'tmo list shows the ids' })
  if (id !== undefined) return [id]
  const { orchestrations } = await daemon.call('orchestration.list', {})
  return orchestrations.filter(fits).map((row) => row.id)
}
