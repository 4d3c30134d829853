import { StoreError } from './errors.ts'
import { Visits } from './visits.ts'

/** Lets one in at a time, in the order of arrival; who is inside and asks again would wait for itself, and is told so. */
export class Turnstile {
  readonly #waiting: (() => void)[] = []
  readonly #visits = new Visits()
  #taken = false
  #shut = false

  /** Runs `fn` as the one inside: an `enter` within it is refused instead of waiting for ever. */
  inside<T>(fn: () => Promise<T>): Promise<T> {
    return this.#visits.run(fn)
  }

  /** Nobody is inside, so a visit that neither waits nor lets others have a turn needs no entering. */
  get isFree(): boolean {
    return !this.#taken && !this.#shut
  }

  async enter(): Promise<void> {
    if (this.#shut) throw new StoreError('CLOSED', 'the store is closed')
    await this.#wait()
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#taken = false
    else next()
  }

  /** Lets nobody new in, and resolves when all who waited have been in and left. */
  async shut(): Promise<void> {
    this.#shut = true
    await this.#wait()
  }

  async #wait(): Promise<void> {
    if (this.#visits.isInside) {
      throw new StoreError(
        'NESTED_TRANSACTION',
        'tried to use the store inside a transaction of the same store',
        {
          hint: 'use the transaction that the function received',
        },
      )
    }
    if (!this.#taken) {
      this.#taken = true
      return
    }
    await new Promise<void>((enter) => this.#waiting.push(enter))
  }
}
