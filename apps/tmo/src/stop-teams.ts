import type { EngineRequests } from '@tmux-orchestrator/orchestrator'

/** The two requests of a daemon that this needs. */
export interface StopsTeams {
  call(name: 'orchestration.list', args: object): Promise<EngineRequests['orchestration.list']['result']>
  call(
    name: 'orchestration.stop',
    args: { readonly id: string },
    options: { readonly timeoutMs: number },
  ): Promise<EngineRequests['orchestration.stop']['result']>
}

const teamMs = 90_000
const over: ReadonlySet<string> = new Set(['stopped', 'completed', 'failed'])

/** Stops every team; one that does not stop hides nothing of the others. One line each, with the refs of what was saved. */
export async function stopTeams(
  daemon: StopsTeams,
): Promise<{ readonly ended: readonly string[]; readonly left: readonly string[] }> {
  const ended: string[] = []
  const left: string[] = []
  const { orchestrations } = await daemon.call('orchestration.list', {})
  const stop = async (id: string): Promise<void> => {
    try {
      const { state, preserved } = await daemon.call('orchestration.stop', { id }, { timeoutMs: teamMs })
      const saved = preserved.length === 0 ? '' : `; saved in ${preserved.join(', ')}`
      if (over.has(state)) ended.push(`team ${id}${saved}`)
      else left.push(`team ${id}, ${state}${saved}`)
    } catch (error) {
      left.push(`team ${id}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  await Promise.all(orchestrations.map(({ id }) => stop(id)))
  return { ended, left }
}
