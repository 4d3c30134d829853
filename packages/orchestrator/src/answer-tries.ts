/** Ten tries in two minutes, unless another beginning is said. */
const triesMax = 10
const defaultFirstMs = 500
const pauseMaxMs = 30_000

interface Tries {
  failed: number
  /** Monotonic; infinite once nothing more is tried. */
  nextAt: number
}

/** When an answer that failed is given again: later each time, and no more after so many times. */
export class AnswerTries {
  readonly #firstMs: number
  /** By agent, then by request. */
  readonly #tries: Map<string, Map<string, Tries>> = new Map()

  constructor(firstMs: number = defaultFirstMs) {
    this.#firstMs = firstMs
  }

  isDue(agent: string, request: string): boolean {
    return (this.#tries.get(agent)?.get(request)?.nextAt ?? 0) <= performance.now()
  }

  /** Nothing more is to be tried. */
  end(agent: string, request: string): void {
    this.#of(agent).set(request, { failed: 0, nextAt: Number.POSITIVE_INFINITY })
  }

  /** Answers whether it is tried again. */
  fail(agent: string, request: string): boolean {
    const failed = (this.#tries.get(agent)?.get(request)?.failed ?? 0) + 1
    const isLast = failed >= triesMax
    const pauseMs = Math.min(this.#firstMs * 2 ** (failed - 1), pauseMaxMs)
    this.#of(agent).set(request, {
      failed,
      nextAt: isLast ? Number.POSITIVE_INFINITY : performance.now() + pauseMs,
    })
    return !isLast
  }

  /** Remembers no request of the agent but these. */
  keep(agent: string, requests: readonly string[]): void {
    const tries = this.#tries.get(agent)
    for (const request of tries?.keys() ?? []) if (!requests.includes(request)) tries?.delete(request)
    if (tries?.size === 0) this.#tries.delete(agent)
  }

  #of(agent: string): Map<string, Tries> {
    const tries = this.#tries.get(agent) ?? new Map<string, Tries>()
    this.#tries.set(agent, tries)
    return tries
  }
}
