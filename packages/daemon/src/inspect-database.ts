import type { StoreReport } from '@tmux-orchestrator/scheduler-db'
import { type Environment, resolveHome } from './home.ts'
import { readSettings } from './place.ts'

/** Which home, and how its database is found. */
export interface InspectDatabaseOptions {
  /** @defaultValue `process.env` */
  readonly env?: Environment
}

/**
 * Looks at the database of a home as a daemon of this version would find it: can it be opened, is it whole, is its schema one that
 * this version knows. Changes nothing, and does not mind a daemon that uses it.
 *
 * @throws DaemonError BAD_ARGUMENT; StoreError with what a start would end with
 */
export async function inspectDatabase({
  env = process.env,
}: InspectDatabaseOptions = {}): Promise<StoreReport> {
  const { database: url } = readSettings(resolveHome(env), env)
  // A client costs nothing of the store and the engine.
  const [{ inspectStore }, { orchestratorMigrations }] = await Promise.all([
    import('@tmux-orchestrator/scheduler-db'),
    import('@tmux-orchestrator/orchestrator'),
  ])
  return await inspectStore({ url, migrations: [orchestratorMigrations] })
}
