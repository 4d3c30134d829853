import type Sqlite from 'better-sqlite3'
import type { CompiledQuery, QueryResult } from 'kysely'

/** One statement of one handle, kept prepared. */
export class Prepared {
  readonly #statement: Sqlite.Statement<unknown[], unknown>
  #columns: readonly string[] = []

  constructor(statement: Sqlite.Statement<unknown[], unknown>) {
    this.#statement = statement
    // The add-on makes each name of each row anew, which took a third of a claim; arrays are named here instead.
    if (statement.reader) statement.raw(true)
  }

  get readonly(): boolean {
    return this.#statement.readonly
  }

  /** Runs it with nothing to bind and nothing to answer. */
  run(): void {
    this.#statement.run()
  }

  answer<R>({ parameters }: CompiledQuery): QueryResult<R> {
    const statement = this.#statement
    if (statement.reader) {
      const rows: unknown[] = statement.all(parameters)
      return { rows: rows.map((values) => this.#toRow(values)) as R[] }
    }
    const { changes, lastInsertRowid } = statement.run(parameters)
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }

  *iterate<R>({ parameters }: CompiledQuery): Generator<QueryResult<R>> {
    for (const values of this.#statement.iterate(parameters)) yield { rows: [this.#toRow(values) as R] }
  }

  #toRow(values: unknown): Record<string, unknown> {
    if (!Array.isArray(values)) throw new TypeError('a row in raw mode is an array')
    // Also after a newer program has given a table one more column, which SQLite finds by itself.
    if (this.#columns.length !== values.length)
      this.#columns = this.#statement.columns().map(({ name }) => name)
    const row: Record<string, unknown> = {}
    for (let index = 0; index < values.length; index += 1) row[this.#columns[index] ?? ''] = values[index]
    return row
  }
}
