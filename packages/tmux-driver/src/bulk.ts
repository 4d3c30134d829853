import { type CreatedWindow, requireCount } from './creation.ts'

/** What became of one window of many. */
export type WindowOutcome =
  | ({ readonly status: 'created' } & CreatedWindow)
  | {
      readonly status: 'failed'
      /** A TmuxError; a TypeError or RangeError for a wrong specification; the signal's reason for one that it came before. */
      readonly error: unknown
    }

/** How many are made at a time, and what ends it. */
export interface BulkOptions {
  /** How many are made at a time. @defaultValue 16 */
  readonly concurrency?: number
  /** When it is aborted nothing more is begun; what was made by then is in the results. */
  readonly signal?: AbortSignal
}

/** Each result in the place of its specification. Whatever goes wrong with one, the ids of the others are not lost by it. */
export async function inBatches<T>(
  specs: readonly T[],
  { concurrency = 16, signal }: BulkOptions,
  make: (spec: T) => Promise<CreatedWindow>,
): Promise<readonly WindowOutcome[]> {
  requireCount(concurrency)
  const attempt = async (spec: T): Promise<WindowOutcome> => {
    try {
      signal?.throwIfAborted()
      return { status: 'created', ...(await make(spec)) }
    } catch (error) {
      return { status: 'failed', error }
    }
  }
  const outcomes: WindowOutcome[] = []
  while (outcomes.length < specs.length) {
    const batch = specs.slice(outcomes.length, outcomes.length + concurrency)
    outcomes.push(...(await Promise.all(batch.map(attempt))))
  }
  return outcomes
}
