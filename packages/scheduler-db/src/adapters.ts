import { type DialectAdapter, PostgresAdapter, type QueryExecutor, SqliteAdapter } from 'kysely'

/** One adapter for all connections of a kind: compiled statements are kept per adapter. */
export const sqliteAdapter: DialectAdapter = new SqliteAdapter()
export const postgresAdapter: DialectAdapter = new PostgresAdapter()

/** Whether statements go to PostgreSQL, where others write at the same time and rows are locked one by one. */
export function isPostgres(runner: { getExecutor(): QueryExecutor }): boolean {
  return runner.getExecutor().adapter === postgresAdapter
}
