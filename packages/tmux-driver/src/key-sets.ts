/** Sets by a key; one that is empty is not kept. */
export class KeySets<T> {
  readonly #sets = new Map<string, Set<T>>()

  of(key: string): Iterable<T> {
    return this.#sets.get(key) ?? []
  }

  add(key: string, value: T): void {
    const known = this.#sets.get(key)
    if (known === undefined) this.#sets.set(key, new Set([value]))
    else known.add(value)
  }

  delete(key: string, value: T): void {
    const known = this.#sets.get(key)
    known?.delete(value)
    if (known?.size === 0) this.#sets.delete(key)
  }
}
