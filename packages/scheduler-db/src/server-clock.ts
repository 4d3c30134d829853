/** Another machine's clock, read over a connection and carried on by our own monotonic one. */
export class ServerClock {
  readonly #ask: () => Promise<number>
  #offsetMs = 0
  #driftMs = 0
  #askedAt = 0

  private constructor(ask: () => Promise<number>) {
    this.#ask = ask
  }

  /** @param ask gives the server's epoch milliseconds */
  static async open(ask: () => Promise<number>): Promise<ServerClock> {
    const clock = new ServerClock(ask)
    await clock.refresh()
    return clock
  }

  now(): number {
    return Math.round(performance.now() + this.#offsetMs)
  }

  /** Long since asked, or this machine slept or was set meanwhile: the monotonic clock may have stood still. */
  get isDoubtful(): boolean {
    const drift = Date.now() - performance.now()
    return Math.abs(drift - this.#driftMs) > 1_000 || performance.now() - this.#askedAt > 60_000
  }

  /** The answer lies in the middle of the way there and back. */
  async refresh(): Promise<void> {
    const before = performance.now()
    const server = await this.#ask()
    const after = performance.now()
    this.#offsetMs = server - (before + after) / 2
    this.#driftMs = Date.now() - after
    this.#askedAt = after
  }
}
