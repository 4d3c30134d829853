import { type Kysely, sql } from 'kysely'
import { isPostgres } from './adapters.ts'
import type { MigrationSet } from './pending-migrations.ts'
import { postgresFirstSchema } from './postgres-schema.ts'

/**
 * SQLite's text of the first schema. Times are epoch milliseconds UTC, ids UUIDv7. The job table's indices and checks name
 * columns, or states joined by OR: SQLite would build the list of an IN anew for each at each change of a row.
 */
const tablesOfFirstSchema = [
  `CREATE TABLE job (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    queue TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    priority INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    expires_at INTEGER,
    attempt INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL CHECK (max_attempts >= 1),
    crash_count INTEGER NOT NULL DEFAULT 0,
    backoff_base_ms INTEGER NOT NULL,
    backoff_cap_ms INTEGER NOT NULL,
    dedupe_key TEXT,
    concurrency_key TEXT,
    deps_left INTEGER NOT NULL DEFAULT 0 CHECK (deps_left >= 0),
    lease_token INTEGER NOT NULL DEFAULT 0,
    lease_owner TEXT,
    lease_until INTEGER,
    schedule TEXT,
    slot_at INTEGER,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    last_error TEXT,
    result TEXT,
    CHECK (CASE
      WHEN finished_at IS NOT NULL
        THEN lease_until IS NULL AND (state = 'succeeded' OR state = 'dead' OR state = 'cancelled')
      WHEN lease_until IS NOT NULL THEN state = 'running' AND lease_owner IS NOT NULL
      ELSE state = 'scheduled' OR state = 'ready' OR state = 'blocked' END)
  ) STRICT`,
  `CREATE INDEX job_ready ON job (queue, priority DESC, seq) WHERE state = 'ready'`,
  `CREATE INDEX job_scheduled ON job (due_at) WHERE state = 'scheduled'`,
  `CREATE INDEX job_lease ON job (lease_until) WHERE state = 'running'`,
  `CREATE INDEX job_expiry ON job (expires_at)
     WHERE expires_at IS NOT NULL AND finished_at IS NULL AND lease_until IS NULL`,
  `CREATE INDEX job_dedupe ON job (dedupe_key)
     WHERE dedupe_key IS NOT NULL AND finished_at IS NULL`,
  // A job that was started and waits again may stand beside a newer one of its key.
  `CREATE UNIQUE INDEX job_dedupe_first ON job (dedupe_key)
     WHERE dedupe_key IS NOT NULL AND attempt = 0 AND finished_at IS NULL`,
  `CREATE UNIQUE INDEX job_concurrency ON job (concurrency_key)
     WHERE concurrency_key IS NOT NULL AND state = 'running'`,
  `CREATE INDEX job_concurrency_ready ON job (concurrency_key, queue, priority DESC, seq)
     WHERE concurrency_key IS NOT NULL AND state = 'ready'`,
  `CREATE INDEX job_schedule ON job (schedule)
     WHERE schedule IS NOT NULL AND finished_at IS NULL`,
  `CREATE INDEX job_finished ON job (state, finished_at) WHERE finished_at IS NOT NULL`,
  `CREATE TABLE job_dep (
    job_id TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    needs_id TEXT NOT NULL,
    PRIMARY KEY (job_id, needs_id)
  ) STRICT, WITHOUT ROWID`,
  `CREATE INDEX job_dep_needs ON job_dep (needs_id)`,
  `CREATE TABLE schedule (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    cron TEXT,
    every_ms INTEGER,
    anchor_at INTEGER NOT NULL,
    tz TEXT NOT NULL,
    kind TEXT NOT NULL,
    queue TEXT NOT NULL,
    payload TEXT NOT NULL,
    priority INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    expires_after_ms INTEGER,
    misfire TEXT NOT NULL CHECK (misfire IN ('once','all','skip')),
    catchup_window_ms INTEGER NOT NULL,
    overlap TEXT NOT NULL CHECK (overlap IN ('skip','buffer','cancel-other','allow')),
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    next_at INTEGER,
    last_fire_at INTEGER,
    skipped_count INTEGER NOT NULL DEFAULT 0,
    rev INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    CHECK ((cron IS NULL) <> (every_ms IS NULL))
  ) STRICT`,
  `CREATE INDEX schedule_next ON schedule (next_at) WHERE enabled = 1 AND next_at IS NOT NULL`,
  `CREATE TABLE fire (
    schedule_id TEXT NOT NULL REFERENCES schedule (id) ON DELETE CASCADE,
    slot_at INTEGER NOT NULL,
    job_id TEXT NOT NULL,
    fired_at INTEGER NOT NULL,
    PRIMARY KEY (schedule_id, slot_at)
  ) STRICT, WITHOUT ROWID`,
  `CREATE INDEX fire_age ON fire (fired_at)`,
  `CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    target TEXT NOT NULL,
    body TEXT NOT NULL,
    idem_key TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('pending','sending','submitted','refused','unknown','dead')),
    reason TEXT,
    attempt INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL,
    lease_token INTEGER NOT NULL DEFAULT 0,
    lease_owner TEXT,
    lease_until INTEGER,
    created_at INTEGER NOT NULL,
    settled_at INTEGER,
    CHECK ((state = 'sending') = (lease_until IS NOT NULL))
  ) STRICT`,
  `CREATE INDEX outbox_pending ON outbox (due_at) WHERE state = 'pending'`,
  `CREATE INDEX outbox_unknown ON outbox (due_at) WHERE state = 'unknown'`,
  `CREATE INDEX outbox_lease ON outbox (lease_until) WHERE state = 'sending'`,
  `CREATE INDEX outbox_open ON outbox (target, seq) WHERE state IN ('pending','sending')`,
  `CREATE INDEX outbox_settled ON outbox (settled_at) WHERE settled_at IS NOT NULL`,
  `CREATE TABLE inbox_seen (
    consumer TEXT NOT NULL,
    idem_key TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (consumer, idem_key)
  ) STRICT, WITHOUT ROWID`,
  `CREATE INDEX inbox_seen_age ON inbox_seen (seen_at)`,
  `CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    token INTEGER NOT NULL,
    until INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE heartbeat (
    agent TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    pid INTEGER NOT NULL,
    pid_start TEXT NOT NULL,
    status TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    stream TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT,
    data TEXT
  ) STRICT`,
  `CREATE INDEX event_stream ON event (stream, seq)`,
]

async function runAll(db: Kysely<unknown>, statements: readonly string[]): Promise<void> {
  for (const text of statements) await sql.raw(text).execute(db)
}

/** The tables of this package; always applied first. */
export const schedulerMigrations: MigrationSet = {
  package: 'scheduler-db',
  migrations: [
    {
      name: '0001-first-schema',
      up: async (db) => {
        await runAll(db, tablesOfFirstSchema)
        if (isPostgres(db)) await runAll(db, postgresFirstSchema)
      },
    },
  ],
}
