import { neverAnswered } from './connect-failure.ts'

/** What somebody waits for, until they do not any more; what they wait for may go on. */
export class Wish<T> {
  readonly outcome: Promise<T>
  isOver = false
  #settle: { resolve(value: T): void; reject(error: unknown): void } = {
    resolve: () => undefined,
    reject: () => undefined,
  }

  constructor(timeoutMs: number, signal: AbortSignal | undefined) {
    const timer = setTimeout(() => this.reject(neverAnswered()), timeoutMs)
    const abort = (): void => this.reject(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
    this.outcome = new Promise<T>((resolve, reject) => {
      this.#settle = { resolve, reject }
    }).finally(() => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    })
    if (signal?.aborted === true) abort()
  }

  resolve(value: T): void {
    this.isOver = true
    this.#settle.resolve(value)
  }

  reject(error: unknown): void {
    this.isOver = true
    this.#settle.reject(error)
  }
}
