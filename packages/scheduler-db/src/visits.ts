import { AsyncLocalStorage } from 'node:async_hooks'

interface Visit {
  readonly of: Visits
  readonly outer: Visit | undefined
  isOpen: boolean
}

/** One for all stores: Node looks at each that was ever used with each promise of the process. */
const current = new AsyncLocalStorage<Visit>()

/** Knows whether whoever asks does so from within a function that it runs, however many promises lie between. */
export class Visits {
  get isInside(): boolean {
    for (let visit = current.getStore(); visit !== undefined; visit = visit.outer) {
      if (visit.of === this && visit.isOpen) return true
    }
    return false
  }

  async run<T>(fn: () => Promise<T>): Promise<T> {
    const visit: Visit = { of: this, outer: current.getStore(), isOpen: true }
    try {
      return await current.run(visit, fn)
    } finally {
      visit.isOpen = false
    }
  }
}
