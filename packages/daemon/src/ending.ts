import type { DaemonEnd } from './run-daemon.ts'

/** The one moment at which a daemon decides to end; whoever asks later changes nothing. */
export class Ending {
  /** Resolves with the cause when it ends in peace, rejects with the failure that ends it. */
  readonly decided: Promise<DaemonEnd>
  #resolve: (end: DaemonEnd) => void = () => {}
  #reject: (error: Error) => void = () => {}

  constructor() {
    this.decided = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // It may fail before anybody awaits it; whoever does later still gets the failure.
    this.decided.catch((error: unknown) => error)
  }

  /** In peace; work under way is finished first. */
  stop(cause: string): void {
    this.#resolve({ cause })
  }

  /** Because it cannot go on. */
  fail(error: Error): void {
    this.#reject(error)
  }
}
