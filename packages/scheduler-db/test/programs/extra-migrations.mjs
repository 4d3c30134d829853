import { sql } from 'kysely'

/** A program's own tables; making them a second time fails. */
export const extraMigrations = {
  package: 'extra',
  migrations: [
    { name: '0001-notes', up: (db) => sql`CREATE TABLE note (id TEXT PRIMARY KEY) STRICT`.execute(db) },
    { name: '0002-colour', up: (db) => sql`ALTER TABLE note ADD COLUMN colour TEXT`.execute(db) },
  ],
}
