/** Runs one function at a time, in the order of the calls. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(fn: () => Promise<T>): Promise<T> {
    const result = this.#last.then(fn)
    this.#last = result.catch(() => undefined)
    return result
  }

  /** Settles when everything that was queued so far has ended. */
  async drained(): Promise<void> {
    await this.#last
  }
}
