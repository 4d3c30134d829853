import { CompiledQuery } from 'kysely'
import { Change } from './change.ts'
import { runSteps, type Steps } from './steps.ts'
import type { Work } from './store.ts'
import type { Tx } from './tables.ts'

const savepoint = CompiledQuery.raw('savepoint work')
const release = CompiledQuery.raw('release savepoint work')
const rollback = CompiledQuery.raw('rollback to savepoint work')

/** Runs each under a savepoint of its own; `isFatal` names what ends the whole transaction instead. */
export async function runBatch<Extra>(
  tx: Tx<Extra>,
  fns: readonly Work<Extra>[],
  isFatal: (reason: unknown) => boolean = () => false,
): Promise<readonly PromiseSettledResult<unknown>[]> {
  const results: PromiseSettledResult<unknown>[] = []
  for (const fn of fns) {
    const result = await alone(tx, fn)
    if (result.status === 'rejected' && isFatal(result.reason)) throw result.reason
    results.push(result)
  }
  return results
}

async function alone<Extra>(tx: Tx<Extra>, fn: Work<Extra>): Promise<PromiseSettledResult<unknown>> {
  await tx.executeQuery(savepoint)
  try {
    const value = fn instanceof Change ? await runSteps(tx, fn.steps()) : await fn(tx)
    await tx.executeQuery(release)
    return { status: 'fulfilled', value }
  } catch (reason) {
    await tx.executeQuery(rollback)
    await tx.executeQuery(release)
    return { status: 'rejected', reason }
  }
}

/** What runs changes where each answer is there at once. */
export interface ChangeRunner {
  command(text: string): void
  run<T>(steps: Steps<T>): T
  /** SQLite rolls the whole transaction back by itself when the disk is full. */
  isOpen(): boolean
}

/** The same on a handle that answers at once, inside a transaction. */
export function runChangesAtOnce(
  changes: readonly Change<unknown>[],
  runner: ChangeRunner,
): readonly PromiseSettledResult<unknown>[] {
  return changes.map((change) => {
    try {
      const done = change.oneStep === undefined ? undefined : runner.run(change.oneStep())
      return { status: 'fulfilled', value: (done ?? runSaved(change, runner)).value }
    } catch (reason) {
      if (!runner.isOpen()) throw reason
      return { status: 'rejected', reason }
    }
  })
}

function runSaved(change: Change<unknown>, runner: ChangeRunner): { readonly value: unknown } {
  runner.command('savepoint work')
  try {
    const value = runner.run(change.steps())
    runner.command('release savepoint work')
    return { value }
  } catch (reason) {
    if (runner.isOpen()) {
      runner.command('rollback to savepoint work')
      runner.command('release savepoint work')
    }
    throw reason
  }
}
