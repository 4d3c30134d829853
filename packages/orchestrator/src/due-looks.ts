/** What was not heard of is found this much later. */
export const sweepMs = 60_000

interface Look {
  readonly count: number
  readonly print: string
  againAt: number
}

/** Which agents have to be looked at: of whom something was heard, whose pane changed, and each after a while. */
export class DueLooks {
  readonly #ears: { countOf(key: string): number }
  readonly #now: () => number
  readonly #looks: Map<string, Look> = new Map()

  constructor(ears: { countOf(key: string): number }, now: () => number = () => performance.now()) {
    this.#ears = ears
    this.#now = now
  }

  /** `print`: what of the pane bears on the answer. */
  isDue(key: string, print: string): boolean {
    const last = this.#looks.get(key)
    if (last === undefined || last.print !== print || last.count !== this.#ears.countOf(key)) return true
    return last.againAt <= this.#now()
  }

  /** A look begins: what is heard from here on asks for another. It is due again until {@link end} is told. */
  begin(key: string, print: string): void {
    this.#looks.set(key, { count: this.#ears.countOf(key), print, againAt: 0 })
  }

  /** What was seen stays so until something is heard. */
  end(key: string): void {
    const look = this.#looks.get(key)
    if (look !== undefined) look.againAt = this.#now() + sweepMs
  }

  forget(key: string): void {
    this.#looks.delete(key)
  }
}
