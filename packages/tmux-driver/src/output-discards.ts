import type { PaneId } from './ids.ts'
import type { PanePlace } from './output-plan.ts'

/** A moment, to ask later whether anything was discarded since. */
export interface DiscardMark {
  readonly count: number
  readonly alive: ReadonlySet<PaneId>
}

/**
 * Whether the server may have thrown away output that it had queued for us: of a pane that was held back, moved or closed, or whose
 * program ended. A reply that waited behind such output comes earlier than it would have, and so behind other output that is younger
 * than the reply.
 */
export class OutputDiscards {
  #count = 0
  #alive: ReadonlySet<PaneId> = new Set()

  /** Something began or ended with which output is thrown away. */
  happened(): void {
    this.#count += 1
  }

  /** What a look found, in its reply's place: whatever had ended before it has nothing queued any more. */
  looked(places: Iterable<PanePlace>): void {
    this.#alive = aliveIn(places)
  }

  mark(): DiscardMark {
    return { count: this.#count, alive: this.#alive }
  }

  /** Whether nothing was thrown away from the mark on to the look that found `places`. */
  isNoneSince({ count, alive }: DiscardMark, places: Iterable<PanePlace>): boolean {
    if (count !== this.#count) return false
    const stillAlive = aliveIn(places)
    for (const pane of alive) if (!stillAlive.has(pane)) return false
    return true
  }
}

function aliveIn(places: Iterable<PanePlace>): ReadonlySet<PaneId> {
  const alive = new Set<PaneId>()
  for (const { pane, isDead } of places) if (!isDead) alive.add(pane)
  return alive
}
