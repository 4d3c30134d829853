import type { Ledger } from './ledger.ts'

/** Lets waiting requests sleep until something was written, instead of asking again and again. */
export class Changes {
  readonly #waiting: Set<{ readonly id: string | null; readonly resolve: () => void }> = new Set()

  /** The same ledger; every write through it wakes who waits for it. */
  watch(ledger: Ledger): Ledger {
    return {
      command: async (name, args) => {
        const result = await ledger.command(name, args)
        this.#announce(idOf(args))
        return result
      },
      query: (name, args) => ledger.query(name, args),
    }
  }

  /** Rejects with the signal's reason; who found meanwhile what it came for may leave the promise to itself. */
  next(id: string | null, maxMs: number, signal: AbortSignal): Promise<void> {
    const change = this.#wait(id, maxMs, signal)
    change.catch(() => undefined)
    return change
  }

  async #wait(id: string | null, maxMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const entry = { id, resolve: () => finish(resolve) }
      const finish = (settle: () => void): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', abort)
        this.#waiting.delete(entry)
        settle()
      }
      const abort = (): void => finish(() => reject(signal.reason as Error))
      const timer = setTimeout(entry.resolve, maxMs)
      signal.addEventListener('abort', abort, { once: true })
      this.#waiting.add(entry)
    })
  }

  #announce(id: string | null): void {
    for (const entry of [...this.#waiting]) {
      if (id === null || entry.id === null || entry.id === id) entry.resolve()
    }
  }
}

function idOf(args: unknown): string | null {
  if (typeof args !== 'object' || args === null) return null
  if ('args' in args) return idOf(args.args)
  return 'id' in args && typeof args.id === 'string' ? args.id : null
}
