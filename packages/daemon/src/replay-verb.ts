import type { Engine, VerbRequest, VerbResult } from '@tmux-orchestrator/orchestrator'
import { DaemonError } from './errors.ts'

export interface ReplayParts {
  readonly engine: Pick<Engine, 'verb'>
  readonly store: { readonly counters: { readonly failures: number } }
}

/**
 * A verb from the spool. Its agent is no longer there to read that it failed, so a failure while the store was in trouble is none of
 * the verb's: it is thrown, and the verb is kept. Trying again is safe, since its id takes effect once.
 */
export async function replayVerb({ engine, store }: ReplayParts, request: VerbRequest): Promise<VerbResult> {
  const before = store.counters.failures
  const result = await engine.verb(request)
  if (result.exitCode === 0 || store.counters.failures === before) return result
  throw new DaemonError('STORE_LOST', `the store was in trouble: ${result.stderr.trim()}`, {
    details: { request: request.argv[0] ?? '' },
  })
}
