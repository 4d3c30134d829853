/** The shortest and the longest that a commit is held back, however quick or slow the disk. */
const holdMsMin = 3
const holdMsMax = 4
/** A commit that took less did not wait for a disk. */
const quickMs = 0.2
/** One that took less is over before those whom the last one answered have called again: while the one half commits, the other half calls. */
const briefMs = 1

/**
 * Holds a commit back while calls that are as good as certain to come are missing: whoever was answered by the last commit calls
 * again, and one commit for all of them (where the disk is brisk, for half of them) waits for the disk once. Nobody is held back where
 * the disk is quick, nor a single caller for long: who stays away is waited for a few times more, by one caller less each time.
 */
export class CommitPace {
  #callers = 1
  #wanted = 1
  #holdMs = 0

  /** For how long calls may be held back that began to wait now; 0 for not at all. */
  holdMs(waiting: number): number {
    return waiting >= this.#wanted ? 0 : this.#holdMs
  }

  /** Learns from a commit: how many calls it carried, how many arrived meanwhile, how long it took. */
  committed({ calls, waiting, tookMs }: { calls: number; waiting: number; tookMs: number }): void {
    this.#callers = Math.max(calls + waiting, this.#callers - 1)
    this.#wanted = tookMs < briefMs ? Math.ceil(this.#callers / 2) : this.#callers
    this.#holdMs = tookMs < quickMs ? 0 : Math.min(holdMsMax, Math.max(holdMsMin, tookMs))
  }
}
