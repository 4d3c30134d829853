import type { EngineRequests } from '../protocol.ts'
import type { RequestContext } from '../requests.ts'

const settled = new Set(['stopped', 'failed', 'completed'])
const stopMs = 60_000

/** Ends the agents' programs; their work is kept: committed in branches, uncommitted in saved refs. */
export async function stop(
  context: RequestContext,
  args: { id: string },
): Promise<EngineRequests['orchestration.stop']['result']> {
  const { runtime, signal } = context
  const { id } = await runtime.ledger.query('resolve', { target: args.id })
  const before = await runtime.ledger.query('desired', { id })
  const state = before?.orchestration.state ?? 'stopped'
  if (before && settled.has(state)) {
    await runtime.closeSession(before)
    return { id, state, preserved: [] }
  }
  await runtime.ledger.command('orchestration.desire', { id, desired: 'stop', cause: 'stopped by you' })
  runtime.wake({ id })
  const until = runtime.now() + stopMs
  for (;;) {
    const changed = runtime.nextChange(id, 1000, signal)
    const desired = await runtime.ledger.query('desired', { id })
    const now = desired?.orchestration.state ?? 'stopped'
    if (settled.has(now) || runtime.now() >= until) {
      return { id, state: now, preserved: savedRefs(desired?.orchestration.cause ?? '') }
    }
    await changed
  }
}

function savedRefs(cause: string): string[] {
  return cause.match(/refs\/tmo\/preserved\/[^\s,]+/g) ?? []
}
