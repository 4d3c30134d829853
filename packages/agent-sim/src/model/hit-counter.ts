/** Counts how often each step was asked for; the least recently asked are forgotten beyond a limit. */
export class HitCounter {
  readonly #hits = new Map<string, number>()
  readonly #keysMax: number

  constructor(keysMax: number) {
    this.#keysMax = keysMax
  }

  /** How often it was asked for, this time included. */
  hit(key: string): number {
    const hits = (this.#hits.get(key) ?? 0) + 1
    this.#hits.delete(key)
    this.#hits.set(key, hits)
    const oldest = this.#hits.keys().next().value
    if (this.#hits.size > this.#keysMax && oldest !== undefined) this.#hits.delete(oldest)
    return hits
  }

  clear(): void {
    this.#hits.clear()
  }
}
