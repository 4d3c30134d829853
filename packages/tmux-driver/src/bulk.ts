import { type CreatedWindow, requireCount } from './creation.ts'
import { isTmuxError, type TmuxError } from './errors.ts'

export type WindowOutcome =
  | ({ readonly status: 'created' } & CreatedWindow)
  | { readonly status: 'failed'; readonly error: TmuxError }

export interface BulkOptions {
  /** How many are made at a time. @defaultValue 16 */
  readonly concurrency?: number
  readonly signal?: AbortSignal
}

/** Each result in the place of its specification. */
export async function inBatches<T>(
  specs: readonly T[],
  { concurrency = 16, signal }: BulkOptions,
  make: (spec: T) => Promise<CreatedWindow>,
): Promise<readonly WindowOutcome[]> {
  requireCount(concurrency)
  const attempt = async (spec: T): Promise<WindowOutcome> => {
    try {
      return { status: 'created', ...(await make(spec)) }
    } catch (error) {
      if (isTmuxError(error)) return { status: 'failed', error }
      throw error
    }
  }
  const outcomes: WindowOutcome[] = []
  while (outcomes.length < specs.length) {
    signal?.throwIfAborted()
    const batch = specs.slice(outcomes.length, outcomes.length + concurrency)
    outcomes.push(...(await Promise.all(batch.map(attempt))))
  }
  return outcomes
}
