import { AsyncLocalStorage } from 'node:async_hooks'
import { join } from 'node:path'
import { acquireLockFile } from './lock-file.ts'
import type { ProcessIdentity } from './process-identity.ts'
import { SerialQueue } from './serial-queue.ts'

interface Scope {
  readonly token: string
  readonly queue: SerialQueue
  open: boolean
}

export interface RepositoryLockOptions {
  readonly commonDir: string
  readonly self: ProcessIdentity
  readonly timeoutMs: number
}

/** The lock of one repository: first come first served within this handle, a lock file between handles and processes. */
export class RepositoryLock {
  readonly #options: RepositoryLockOptions
  readonly #queue = new SerialQueue()
  readonly #scope = new AsyncLocalStorage<Scope>()

  constructor(options: RepositoryLockOptions) {
    this.#options = options
  }

  /** The word of the lock that the calling code holds; absent when it holds none. */
  get token(): string | undefined {
    const scope = this.#scope.getStore()
    return scope?.open ? scope.token : undefined
  }

  /** Runs `fn` with the lock held. Calls made inside `fn` join the held lock, one after another. */
  async hold<T>(fn: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const outer = this.#scope.getStore()
    if (outer?.open) return outer.queue.run(() => this.#enter(outer.token, fn))
    return this.#queue.run(async () => {
      const { commonDir, self, timeoutMs } = this.#options
      const lock = await acquireLockFile({ path: join(commonDir, 'tmo.lock'), self, timeoutMs, signal })
      try {
        return await this.#enter(lock.token, fn)
      } finally {
        await lock.release()
      }
    })
  }

  async #enter<T>(token: string, fn: () => Promise<T>): Promise<T> {
    const scope: Scope = { token, queue: new SerialQueue(), open: true }
    try {
      return await this.#scope.run(scope, fn)
    } finally {
      scope.open = false
      await scope.queue.drained()
    }
  }
}
