/** What a timer holds; above it fires at once. */
const timerMsMax = 2 ** 31 - 1

/** One timer for many deadlines, nearly all of which are met: setting and clearing one for each costs more than the call it guards. */
export class Deadlines {
  readonly #onLate: (now: number) => number | undefined
  #timer: NodeJS.Timeout | undefined
  #lookAt = Number.POSITIVE_INFINITY

  /** @param onLate ends what is late by the monotonic clock and gives the next deadline */
  constructor(onLate: (now: number) => number | undefined) {
    this.#onLate = onLate
  }

  /** Looks then, if not before. */
  add(at: number): void {
    if (at >= this.#lookAt) return
    this.stop()
    this.#lookAt = at
    this.#timer = setTimeout(() => this.#look(), Math.min(timerMsMax, Math.max(0, at - performance.now())))
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#lookAt = Number.POSITIVE_INFINITY
  }

  #look(): void {
    this.stop()
    const next = this.#onLate(performance.now())
    if (next !== undefined) this.add(next)
  }
}
