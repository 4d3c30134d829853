import type { MigrationSet } from '@tmux-orchestrator/scheduler-db'
import { sql } from 'kysely'

const statements: readonly string[] = [
  `CREATE TABLE host (name TEXT PRIMARY KEY, owner TEXT NOT NULL, seen_at INTEGER NOT NULL) STRICT`,
  `CREATE TABLE project (
    id TEXT PRIMARY KEY, path TEXT NOT NULL UNIQUE, name TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT`,
  `CREATE TABLE orchestration (
    id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES project(id),
    spec_path TEXT NOT NULL, spec_title TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN
      ('planned','starting','running','integrating','completed','failed','stopped','needs-human')),
    desired TEXT NOT NULL CHECK (desired IN ('run','stop','remove')),
    base_branch TEXT NOT NULL, base_commit TEXT NOT NULL, branch_prefix TEXT NOT NULL,
    integration_branch TEXT, integration_commit TEXT,
    program TEXT NOT NULL, program_options TEXT NOT NULL,
    verify_command TEXT, verify_timeout_ms INTEGER NOT NULL,
    verify_commit TEXT, verify_exit_code INTEGER, verify_tail TEXT,
    merge TEXT NOT NULL CHECK (merge IN ('none','integration')),
    brief_timeout_ms INTEGER NOT NULL, host TEXT NOT NULL, session_name TEXT NOT NULL UNIQUE,
    cause TEXT, created_at INTEGER NOT NULL, started_at INTEGER, ended_at INTEGER, removed_at INTEGER) STRICT`,
  `CREATE INDEX orchestration_live ON orchestration (created_at) WHERE removed_at IS NULL`,
  `CREATE TABLE agent (
    orchestration_id TEXT NOT NULL REFERENCES orchestration(id), name TEXT NOT NULL, role TEXT NOT NULL,
    position INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN
      ('planned','starting','running','paused','done','failed','stopped','needs-human')),
    cause TEXT, implements INTEGER NOT NULL, worktree TEXT NOT NULL UNIQUE, branch TEXT NOT NULL,
    token_hash TEXT NOT NULL, token TEXT NOT NULL, conversation_id TEXT NOT NULL,
    check_in_ms INTEGER NOT NULL, evidence TEXT NOT NULL, pane_pid INTEGER, pane_pid_start TEXT,
    exits INTEGER NOT NULL DEFAULT 0, briefed_at INTEGER, done_at INTEGER,
    PRIMARY KEY (orchestration_id, name)) STRICT`,
  `CREATE TABLE conversation (
    id TEXT PRIMARY KEY, orchestration_id TEXT NOT NULL, agent TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('brief','continuation')), token TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('planned','launched','briefed','lost')),
    launches INTEGER NOT NULL DEFAULT 0,
    briefing TEXT NOT NULL DEFAULT 'none' CHECK (briefing IN ('argument','paste','none')), pasted_by TEXT, pasted_at INTEGER,
    created_at INTEGER NOT NULL, launched_at INTEGER, briefed_at INTEGER,
    FOREIGN KEY (orchestration_id, agent) REFERENCES agent(orchestration_id, name)) STRICT`,
  `CREATE INDEX conversation_agent ON conversation (orchestration_id, agent)`,
  `CREATE TABLE task (
    orchestration_id TEXT NOT NULL REFERENCES orchestration(id), id TEXT NOT NULL, position INTEGER NOT NULL,
    title TEXT NOT NULL, body TEXT NOT NULL, files TEXT NOT NULL, depends_on TEXT NOT NULL, owner TEXT,
    state TEXT NOT NULL CHECK (state IN ('open','taken','done','dropped')), evidence TEXT,
    updated_at INTEGER NOT NULL, PRIMARY KEY (orchestration_id, id)) STRICT`,
  `CREATE TABLE message (
    id TEXT PRIMARY KEY, orchestration_id TEXT NOT NULL, target TEXT NOT NULL, sender TEXT NOT NULL,
    body TEXT NOT NULL, token TEXT NOT NULL UNIQUE, policy TEXT NOT NULL CHECK (policy IN ('once','retry')),
    state TEXT NOT NULL CHECK (state IN ('pending','sending','submitted','refused','unknown','dead')),
    reason TEXT, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, settled_at INTEGER, read_at INTEGER,
    FOREIGN KEY (orchestration_id, target) REFERENCES agent(orchestration_id, name)) STRICT`,
  `CREATE INDEX message_target ON message (orchestration_id, target, created_at)`,
  `CREATE TABLE report (
    id TEXT PRIMARY KEY, orchestration_id TEXT NOT NULL, agent TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('progress','blocked','done','failed')),
    note TEXT NOT NULL, commit_id TEXT, at INTEGER NOT NULL,
    FOREIGN KEY (orchestration_id, agent) REFERENCES agent(orchestration_id, name)) STRICT`,
  `CREATE INDEX report_orchestration ON report (orchestration_id, at)`,
  `CREATE TABLE branch (
    orchestration_id TEXT NOT NULL, agent TEXT NOT NULL, name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open','reported','verified','queued','merged','conflicted')),
    commit_id TEXT, merged_commit TEXT, cause TEXT, updated_at INTEGER NOT NULL,
    PRIMARY KEY (orchestration_id, agent),
    FOREIGN KEY (orchestration_id, agent) REFERENCES agent(orchestration_id, name)) STRICT`,
  `CREATE TABLE merge (
    id TEXT PRIMARY KEY, orchestration_id TEXT NOT NULL, agent TEXT NOT NULL, from_commit TEXT NOT NULL,
    into_commit TEXT NOT NULL, result_commit TEXT,
    state TEXT NOT NULL CHECK (state IN ('merged','conflicted','red')), files TEXT NOT NULL,
    deadline_at INTEGER, at INTEGER NOT NULL) STRICT`,
  `CREATE INDEX merge_orchestration ON merge (orchestration_id, at)`,
  `CREATE TABLE breaker (
    entity TEXT PRIMARY KEY, failures INTEGER NOT NULL, window_started_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('closed','open')), reason TEXT, updated_at INTEGER NOT NULL) STRICT`,
]

const permissionStatements: readonly string[] = [
  `ALTER TABLE orchestration ADD COLUMN permission_policy TEXT`,
  `CREATE TABLE permission (
    id TEXT PRIMARY KEY, orchestration_id TEXT NOT NULL, agent TEXT NOT NULL, request TEXT NOT NULL,
    tool TEXT NOT NULL, subject TEXT NOT NULL, is_partial INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting','allowed','denied','gone')),
    decided_by TEXT CHECK (decided_by IN ('policy','you')), rule TEXT,
    asked_at INTEGER NOT NULL, settled_at INTEGER, UNIQUE (orchestration_id, agent, request),
    FOREIGN KEY (orchestration_id, agent) REFERENCES agent(orchestration_id, name)) STRICT`,
  `CREATE INDEX permission_waiting ON permission (orchestration_id) WHERE state = 'waiting'`,
]

const usageStatements: readonly string[] = [
  `ALTER TABLE conversation ADD COLUMN brief_chars INTEGER`,
  `CREATE TABLE usage (
    conversation_id TEXT PRIMARY KEY REFERENCES conversation(id),
    orchestration_id TEXT NOT NULL, agent TEXT NOT NULL,
    input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cached_input_tokens INTEGER, cost_usd REAL,
    context_tokens INTEGER, context_used_ratio REAL, turns INTEGER NOT NULL, model TEXT, read_at INTEGER NOT NULL,
    FOREIGN KEY (orchestration_id, agent) REFERENCES agent(orchestration_id, name)) STRICT`,
  `CREATE INDEX usage_agent ON usage (orchestration_id, agent)`,
  `CREATE TABLE activity_time (
    orchestration_id TEXT NOT NULL, agent TEXT NOT NULL, activity TEXT NOT NULL, ms INTEGER NOT NULL,
    PRIMARY KEY (orchestration_id, agent, activity),
    FOREIGN KEY (orchestration_id, agent) REFERENCES agent(orchestration_id, name)) STRICT`,
  `CREATE TABLE usage_limit (
    id TEXT PRIMARY KEY, orchestration_id TEXT NOT NULL, agent TEXT NOT NULL, detail TEXT, reset_at INTEGER,
    continues_itself INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting','resumed','cleared','over')),
    resume_at INTEGER, seen_at INTEGER NOT NULL, settled_at INTEGER, over_at INTEGER,
    FOREIGN KEY (orchestration_id, agent) REFERENCES agent(orchestration_id, name)) STRICT`,
  `CREATE INDEX usage_limit_agent ON usage_limit (orchestration_id, agent, seen_at)`,
  `CREATE UNIQUE INDEX usage_limit_waiting ON usage_limit (orchestration_id, agent) WHERE state = 'waiting'`,
]

const answerStatements: readonly string[] = [`ALTER TABLE permission ADD COLUMN note TEXT`]

const errorStatements: readonly string[] = [
  `CREATE TABLE agent_error (
    orchestration_id TEXT NOT NULL, agent TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT, hit_at INTEGER,
    since_at INTEGER NOT NULL, told_at INTEGER NOT NULL, is_told INTEGER NOT NULL, over_at INTEGER,
    PRIMARY KEY (orchestration_id, agent),
    FOREIGN KEY (orchestration_id, agent) REFERENCES agent(orchestration_id, name)) STRICT`,
]

const questionStatements: readonly string[] = [
  `CREATE TABLE question (
    orchestration_id TEXT NOT NULL, agent TEXT NOT NULL, request TEXT NOT NULL, question TEXT NOT NULL,
    choices TEXT NOT NULL, asked_at INTEGER NOT NULL, gone_at INTEGER,
    PRIMARY KEY (orchestration_id, agent, request),
    FOREIGN KEY (orchestration_id, agent) REFERENCES agent(orchestration_id, name)) STRICT`,
  `CREATE INDEX question_waiting ON question (orchestration_id) WHERE gone_at IS NULL`,
]

/** Agents that are there already work in worktrees that nothing more is done to. */
const preparationStatements: readonly string[] = [
  `ALTER TABLE orchestration ADD COLUMN preparation TEXT`,
  `ALTER TABLE agent ADD COLUMN prepared_at INTEGER`,
  `ALTER TABLE agent ADD COLUMN unprepared_cause TEXT`,
  `ALTER TABLE agent ADD COLUMN port_first INTEGER`,
  `ALTER TABLE agent ADD COLUMN port_last INTEGER`,
  `UPDATE agent SET prepared_at = 0`,
]

/** The orchestrator's tables, applied in one database with those of scheduler-db. */
export const orchestratorMigrations: MigrationSet = {
  package: 'orchestrator',
  migrations: [
    {
      name: '0001-first',
      up: async (db) => {
        for (const statement of statements) await sql.raw(statement).execute(db)
      },
    },
    {
      name: '0002-permissions',
      up: async (db) => {
        for (const statement of permissionStatements) await sql.raw(statement).execute(db)
      },
    },
    {
      name: '0003-usage',
      up: async (db) => {
        for (const statement of usageStatements) await sql.raw(statement).execute(db)
      },
    },
    {
      name: '0004-answers',
      up: async (db) => {
        for (const statement of answerStatements) await sql.raw(statement).execute(db)
      },
    },
    {
      name: '0005-preparation',
      up: async (db) => {
        for (const statement of preparationStatements) await sql.raw(statement).execute(db)
      },
    },
    {
      name: '0006-errors',
      up: async (db) => {
        for (const statement of errorStatements) await sql.raw(statement).execute(db)
      },
    },
    {
      name: '0007-questions',
      up: async (db) => {
        for (const statement of questionStatements) await sql.raw(statement).execute(db)
      },
    },
  ],
}
