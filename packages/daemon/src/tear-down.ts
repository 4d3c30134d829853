import { setTimeout as delay } from 'node:timers/promises'

/** Undoes what was opened, latest first; every step runs, whatever became of the others. */
export class TearDown {
  readonly #steps: { readonly name: string; readonly undo: () => Promise<void> | void }[] = []

  defer(name: string, undo: () => Promise<void> | void): void {
    this.#steps.push({ name, undo })
  }

  /**
   * @param stepTimeoutMs after which a step is left behind
   * @param onFailure told at once, while what closes later still works
   * @returns the failures, in the order in which they happened
   */
  async run(stepTimeoutMs: number, onFailure: (failure: Error) => void): Promise<readonly Error[]> {
    const failures: Error[] = []
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      const failure = await attempt(step.name, step.undo, stepTimeoutMs)
      if (failure === undefined) continue
      failures.push(failure)
      onFailure(failure)
    }
    return failures
  }
}

async function attempt(
  name: string,
  undo: () => Promise<void> | void,
  timeoutMs: number,
): Promise<Error | undefined> {
  const aborter = new AbortController()
  const late = async (): Promise<void> => {
    await delay(timeoutMs, undefined, { signal: aborter.signal })
    throw new Error(`${name} did not end within ${timeoutMs} ms`)
  }
  try {
    await Promise.race([undo(), late()])
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  } finally {
    aborter.abort()
  }
}
