import type { EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { EventView, Ledger } from '@tmux-orchestrator/orchestrator'
import type { LedgerEvents } from './ledger-client.ts'

export interface FollowEventsOptions {
  readonly ledger: Ledger
  readonly commits: EventEmitter<LedgerEvents>
  readonly after: number
  readonly stream?: string | undefined
  readonly signal: AbortSignal
}

const pageSize = 500
/** A burst of commits is one look. */
const pauseMs = 20

/** Every event after `after` in order, then each new one once it is committed; asks only when something was. */
export async function* followEvents(
  options: FollowEventsOptions,
): AsyncGenerator<EventView, void, undefined> {
  const { ledger, commits, stream, signal } = options
  let after = options.after
  let hasNews = false
  let wake: () => void = () => {}
  const tell = (): void => {
    hasNews = true
    wake()
  }
  commits.on('ledger:committed', tell)
  commits.on('ledger:changed', tell)
  signal.addEventListener('abort', tell)
  try {
    for (;;) {
      hasNews = false
      const page = { after, limit: pageSize, ...(stream === undefined ? {} : { stream }) }
      const { events } = await ledger.query('events', page)
      for (const event of events) {
        after = event.seq
        yield event
      }
      if (events.length === pageSize) continue
      if (!hasNews) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      await delay(pauseMs, undefined, { signal })
    }
  } finally {
    commits.off('ledger:committed', tell)
    commits.off('ledger:changed', tell)
    signal.removeEventListener('abort', tell)
  }
}
