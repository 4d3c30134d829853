import type { Queryable } from '@tmux-orchestrator/scheduler-db'
import type { CommandMap, QueryMap } from './command-map.ts'
import { commands } from './commands.ts'
import { OrchestratorError } from './errors.ts'
import { queries } from './queries.ts'
import type { OrchestratorTables } from './tables.ts'

/** What a command or query may use besides the database. */
export interface CommandContext {
  /** Epoch milliseconds. */
  readonly now: number
  newId(): string
  /** This host's name; its jobs are in the queue of that name. */
  readonly host: string
  /** The kinds of job that programs of clients work on: these too are dead after their last attempt. @defaultValue none */
  readonly clientKinds?: readonly string[]
}

/** A connection or transaction of a store with the tables of this package. */
export type Database = Queryable<OrchestratorTables>

/** The writer, wherever it runs: in a worker thread of the daemon or in this process. */
export interface Ledger {
  command<N extends keyof CommandMap>(name: N, args: CommandMap[N]['args']): Promise<CommandMap[N]['result']>
  query<N extends keyof QueryMap>(name: N, args: QueryMap[N]['args']): Promise<QueryMap[N]['result']>
}

/**
 * Runs one named write inside the caller's transaction.
 *
 * @throws OrchestratorError UNKNOWN_REQUEST when no command has that name, and what the command itself throws
 */
export async function runCommand(
  tx: Database,
  name: string,
  args: unknown,
  context: CommandContext,
): Promise<unknown> {
  const command = (commands as Readonly<Record<string, unknown>>)[name]
  if (typeof command !== 'function') throw unknown('command', name)
  return await command(tx, args, context)
}

/** Runs one named read. */
export async function runQuery(
  db: Database,
  name: string,
  args: unknown,
  context: CommandContext,
): Promise<unknown> {
  const query = (queries as Readonly<Record<string, unknown>>)[name]
  if (typeof query !== 'function') throw unknown('query', name)
  return await query(db, args, context)
}

function unknown(what: string, name: string): OrchestratorError {
  return new OrchestratorError('UNKNOWN_REQUEST', `there is no ${what} named ${JSON.stringify(name)}`)
}
