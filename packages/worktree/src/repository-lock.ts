import { AsyncLocalStorage } from 'node:async_hooks'
import { join } from 'node:path'
import { acquireLockFile } from './lock-file.ts'
import type { ProcessIdentity } from './process-identity.ts'
import { SerialQueue } from './serial-queue.ts'

interface Scope {
  readonly of: RepositoryLock
  readonly outer: Scope | undefined
  readonly token: string
  readonly queue: SerialQueue
  open: boolean
}

/** One for all repositories: Node looks at each that is in use with each promise of the process. */
const scopes = new AsyncLocalStorage<Scope>()
let scopesInUse = 0

export interface RepositoryLockOptions {
  readonly commonDir: string
  readonly self: ProcessIdentity
  readonly timeoutMs: number
}

/** The lock of one repository: first come first served within this handle, a lock file between handles and processes. */
export class RepositoryLock {
  readonly #options: RepositoryLockOptions
  readonly #queue = new SerialQueue()

  constructor(options: RepositoryLockOptions) {
    this.#options = options
  }

  /** The word of the lock that the calling code holds; absent when it holds none. */
  get token(): string | undefined {
    return this.#held()?.token
  }

  /** Runs `fn` with the lock held. Calls made inside `fn` join the held lock, one after another. */
  async hold<T>(fn: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const outer = this.#held()
    if (outer) return outer.queue.run(() => this.#enter(outer.token, fn))
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

  #held(): Scope | undefined {
    for (let scope = scopes.getStore(); scope !== undefined; scope = scope.outer) {
      if (scope.of === this) return scope.open ? scope : undefined
    }
    return undefined
  }

  async #enter<T>(token: string, fn: () => Promise<T>): Promise<T> {
    const scope: Scope = { of: this, outer: scopes.getStore(), token, queue: new SerialQueue(), open: true }
    scopesInUse += 1
    try {
      return await scopes.run(scope, fn)
    } finally {
      scope.open = false
      await scope.queue.drained()
      scopesInUse -= 1
      if (scopesInUse === 0) scopes.disable()
    }
  }
}
