import type { PaneId } from './ids.ts'

/** Keeps what is sent to one pane in the order in which it was asked for, where some of it has to be prepared first. */
export class SendOrder {
  readonly #last = new Map<PaneId, Promise<unknown>>()

  /**
   * Begins `send` when all that was asked for before, for the same pane, has begun, and what it needs has come or failed; at once where
   * there is neither. It does not wait for what becomes of the others.
   */
  async next<T>(pane: PaneId, send: () => Promise<T>, needed?: Promise<unknown>): Promise<T> {
    const before = this.#last.get(pane)
    if (before === undefined && needed === undefined) return await send()
    // An array, so that whoever comes next waits for the beginning and not for the end.
    const beginning = Promise.allSettled([before, needed]).then(() => [attempt(send)] as const)
    this.#last.set(pane, beginning)
    const [sent] = await beginning
    if (this.#last.get(pane) === beginning) this.#last.delete(pane)
    return await sent
  }
}

/** What throws at once fails as what fails later does. */
async function attempt<T>(send: () => Promise<T>): Promise<T> {
  return await send()
}
