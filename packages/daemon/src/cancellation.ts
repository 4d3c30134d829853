/** Whether one request was taken back; its signal is made when somebody asks for it, which few do, since it costs more than the rest. */
export class Cancellation {
  #aborter: AbortController | undefined
  #cause: { readonly reason: unknown } | undefined

  get signal(): AbortSignal {
    if (this.#aborter === undefined) {
      this.#aborter = new AbortController()
      if (this.#cause !== undefined) this.#aborter.abort(this.#cause.reason)
    }
    return this.#aborter.signal
  }

  /** The first reason given to {@link abort}; absent before. */
  get cause(): { readonly reason: unknown } | undefined {
    return this.#cause
  }

  abort(reason: unknown): void {
    this.#cause ??= { reason }
    this.#aborter?.abort(this.#cause.reason)
  }
}
