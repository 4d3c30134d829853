import type { QueryMap } from './command-map.ts'
import { isEnded } from './commands/orchestrations.ts'
import { getOrchestration, getProjectPath } from './commands/rows.ts'
import type { Database } from './ledger.ts'
import { parseStrings, toIso, viewTask } from './views.ts'

type Status = QueryMap['status']['result']

/** One orchestration in depth, from the database alone; commits are read from git by the caller. */
export async function readStatus(db: Database, id: string, now: number): Promise<Status> {
  const row = await getOrchestration(db, id)
  const project = await getProjectPath(db, row)
  const tasks = await db
    .selectFrom('task')
    .selectAll()
    .where('orchestration_id', '=', id)
    .orderBy('position')
    .execute()
  const reports = await db
    .selectFrom('report')
    .selectAll()
    .where('orchestration_id', '=', id)
    .orderBy('at')
    .limit(1000)
    .execute()
  return {
    id: row.id,
    state: row.state,
    cause: row.cause,
    project,
    title: row.spec_title,
    session: row.session_name,
    program: row.program,
    base: row.base_branch,
    baseCommit: row.base_commit,
    integration:
      row.integration_branch === null || row.integration_commit === null
        ? null
        : { branch: row.integration_branch, commit: row.integration_commit },
    agents: await readAgents(db, id),
    tasks: tasks.map(viewTask),
    verify:
      row.verify_command === null || row.verify_commit === null || row.verify_exit_code === null
        ? null
        : {
            command: row.verify_command,
            commit: row.verify_commit,
            exitCode: row.verify_exit_code,
            ...(row.verify_tail ? { tail: row.verify_tail } : {}),
          },
    messages: await countMessages(db, id),
    held: isEnded(row.state) ? [] : await readHeld(db, id),
    reports: reports.map((report) => ({
      agent: report.agent,
      kind: report.kind,
      note: report.note,
      commit: report.commit_id,
      at: toIso(report.at),
    })),
    permissions: isEnded(row.state) ? [] : await readPermissions(db, id),
    questions: isEnded(row.state) ? [] : await readQuestions(db, id),
    errors: isEnded(row.state) ? [] : await readErrors(db, id, now),
    conflicts: await readConflicts(db, id),
    createdAt: toIso(row.created_at),
    startedAt: toIso(row.started_at),
    endedAt: toIso(row.ended_at),
  }
}

async function readAgents(db: Database, id: string): Promise<Status['agents']> {
  const agents = await db
    .selectFrom('agent')
    .selectAll()
    .where('orchestration_id', '=', id)
    .orderBy('position')
    .execute()
  const branches = await db.selectFrom('branch').selectAll().where('orchestration_id', '=', id).execute()
  const stateOf = new Map(branches.map((branch) => [branch.agent, branch.state]))
  return agents.map((agent) => ({
    name: agent.name,
    role: agent.role,
    state: agent.state,
    cause: agent.cause,
    branch: agent.branch,
    branchState: stateOf.get(agent.name) ?? 'open',
    worktree: agent.worktree,
    briefedAt: toIso(agent.briefed_at),
    doneAt: toIso(agent.done_at),
    exits: agent.exits,
  }))
}

async function countMessages(db: Database, id: string): Promise<Status['messages']> {
  const rows = await db
    .selectFrom('message')
    .select((eb) => ['state', eb.fn.countAll<number>().as('count')])
    .where('orchestration_id', '=', id)
    .groupBy('state')
    .execute()
  const of = (...states: readonly string[]): number =>
    rows.filter((row) => states.includes(row.state)).reduce((sum, row) => sum + Number(row.count), 0)
  return {
    submitted: of('submitted'),
    refused: of('refused'),
    unknown: of('unknown'),
    pending: of('pending', 'sending'),
  }
}

/** A message keeps why it was refused last until it is tried again. */
async function readHeld(db: Database, id: string): Promise<Status['held']> {
  const rows = await db
    .selectFrom('message')
    .select(['target', 'reason', 'created_at'])
    .where('orchestration_id', '=', id)
    .where('state', 'in', ['pending', 'sending'])
    .where('reason', 'like', 'draft%')
    .orderBy('created_at')
    .execute()
  return [...new Set(rows.map((row) => row.target))].flatMap((agent) => {
    const own = rows.filter((row) => row.target === agent)
    const [first] = own
    if (!first) return []
    return { agent, count: own.length, reason: first.reason ?? '', since: toIso(first.created_at) }
  })
}

async function readPermissions(db: Database, id: string): Promise<Status['permissions']> {
  const rows = await db
    .selectFrom('permission')
    .selectAll()
    .where('orchestration_id', '=', id)
    .where('state', '=', 'waiting')
    .orderBy('asked_at')
    .execute()
  return rows.map((row) => ({
    agent: row.agent,
    request: row.request,
    tool: row.tool,
    subject: row.subject,
    isPartial: row.is_partial === 1,
    note: row.note,
    since: toIso(row.asked_at),
  }))
}

async function readQuestions(db: Database, id: string): Promise<Status['questions']> {
  const rows = await db
    .selectFrom('question')
    .selectAll()
    .where('orchestration_id', '=', id)
    .where('gone_at', 'is', null)
    .orderBy('asked_at')
    .execute()
  return rows.map(({ agent, request, question, choices, asked_at: since }) => ({
    agent,
    request,
    question,
    choices: parseStrings(choices),
    since: toIso(since),
  }))
}

/** What a program or a provider may get over by itself is left to them for so long. */
const patienceMs = 5 * 60_000
/** Nobody gets over these without help. */
const lasting: ReadonlySet<string> = new Set(['authentication', 'credit', 'context-full', 'stuck'])

async function readErrors(db: Database, id: string, now: number): Promise<Status['errors']> {
  const rows = await db
    .selectFrom('agent_error')
    .innerJoin('agent', (join) =>
      join
        .onRef('agent.orchestration_id', '=', 'agent_error.orchestration_id')
        .onRef('agent.name', '=', 'agent_error.agent'),
    )
    .selectAll('agent_error')
    .where('agent_error.orchestration_id', '=', id)
    .where('agent_error.over_at', 'is', null)
    .where('agent.state', 'in', ['starting', 'running'])
    .orderBy('agent_error.since_at')
    .execute()
  return rows.map(({ agent, kind, detail, since_at: since }) => ({
    agent,
    kind,
    detail,
    since: toIso(since),
    needsYou: lasting.has(kind) || now - since >= patienceMs,
  }))
}

async function readConflicts(db: Database, id: string): Promise<Status['conflicts']> {
  const open = await db
    .selectFrom('branch')
    .select('agent')
    .where('orchestration_id', '=', id)
    .where('state', '=', 'conflicted')
    .execute()
  const conflicts: Status['conflicts'][number][] = []
  for (const { agent } of open) {
    const merge = await db
      .selectFrom('merge')
      .selectAll()
      .where('orchestration_id', '=', id)
      .where('agent', '=', agent)
      .where('state', '=', 'conflicted')
      .orderBy('at', 'desc')
      .executeTakeFirst()
    if (!merge) continue
    conflicts.push({
      agent,
      files: parseStrings(merge.files),
      fromCommit: merge.from_commit,
      intoCommit: merge.into_commit,
      deadline: toIso(merge.deadline_at),
    })
  }
  return conflicts
}
