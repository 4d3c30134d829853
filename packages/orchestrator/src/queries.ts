import { listJobs, listSchedules, readEvents } from '@tmux-orchestrator/scheduler-db'
import type { OrchestrationSummary } from './answers.ts'
import type { Desired, QueryMap } from './command-map.ts'
import { getAgent, getOrchestration } from './commands/rows.ts'
import { OrchestratorError } from './errors.ts'
import type { CommandContext, Database } from './ledger.ts'
import { isNewsTo, newsAbout } from './news.ts'
import { readCost } from './read-cost.ts'
import { readStatus } from './status.ts'
import type { AgentRow, ConversationRow } from './tables.ts'
import { toIso, viewMessage, viewTask } from './views.ts'

type Queries = {
  readonly [N in keyof QueryMap]: (
    db: Database,
    args: QueryMap[N]['args'],
    context: CommandContext,
  ) => Promise<QueryMap[N]['result']>
}

/** Every read of this package by name. */
export const queries: Queries = {
  live: readLive,
  desired: readDesired,
  list: readList,
  status: (db, args, { now }) => readStatus(db, args.id, now),
  resolve: (db, args) => resolveTarget(db, args.target),
  identify: async (db, args) => {
    const [id, name] = splitTarget(args.agent)
    if (name === null) return null
    const row = await db
      .selectFrom('agent')
      .select(['role'])
      .where('orchestration_id', '=', id)
      .where('name', '=', name)
      .where('token_hash', '=', args.tokenHash)
      .executeTakeFirst()
    return row ? { id, name, role: row.role } : null
  },
  lastSeen: readLastSeen,
  ports: readPorts,
  messages: async (db, args) => {
    if (args.ids.length === 0) return { messages: [] }
    const rows = await db
      .selectFrom('message')
      .selectAll()
      .where('id', 'in', [...args.ids])
      .orderBy('created_at')
      .execute()
    return { messages: rows.map(viewMessage) }
  },
  messageOf: async (db, args) => {
    const row = await db
      .selectFrom('message')
      .selectAll()
      .where('orchestration_id', '=', args.id)
      .where('target', '=', args.name)
      .where('token', '=', args.token)
      .executeTakeFirst()
    return { message: row ? viewMessage(row) : null }
  },
  tasks: async (db, args) => {
    const rows = await db
      .selectFrom('task')
      .selectAll()
      .where('orchestration_id', '=', args.id)
      .orderBy('position')
      .execute()
    return { tasks: rows.map(viewTask) }
  },
  schedules: readSchedules,
  events: async (db, args) => {
    const rows = await readEvents(db, {
      after: args.after,
      limit: args.limit,
      ...(args.stream === undefined ? {} : { stream: args.stream }),
    })
    return {
      events: rows.map((row) => ({
        seq: row.seq,
        at: toIso(row.at),
        stream: row.stream,
        kind: row.kind,
        subject: row.subject ?? null,
        data: row.data ?? null,
      })),
    }
  },
  jobs: async (db, args) => {
    const rows = await listJobs(db, {
      ...(args.state === undefined ? {} : { state: args.state as 'ready' }),
      limit: args.limit ?? 200,
    })
    return {
      jobs: rows.map((row) => ({
        id: row.id,
        queue: row.queue,
        kind: row.kind,
        state: row.state,
        attempt: row.attempt,
        crashCount: row.crashCount,
        dueAt: toIso(row.dueAt ?? null),
        lastError: row.lastError ?? null,
      })),
    }
  },
  cost: (db, args) => readCost(db, args.id),
  limits: readLimits,
}

/** A worktree keeps its ports until it is removed. */
async function readPorts(
  db: Database,
  args: QueryMap['ports']['args'],
  { host }: CommandContext,
): Promise<QueryMap['ports']['result']> {
  const rows = await db
    .selectFrom('agent')
    .innerJoin('orchestration', 'orchestration.id', 'agent.orchestration_id')
    .select(['agent.orchestration_id as id', 'agent.name as name', 'port_first', 'port_last'])
    .where('orchestration.removed_at', 'is', null)
    .where('orchestration.host', '=', host)
    .where('port_first', 'is not', null)
    .execute()
  const others = rows.filter(({ id, name }) => id !== args.id || name !== args.name)
  return {
    taken: others.flatMap(({ port_first: first, port_last: last }) =>
      first === null || last === null ? [] : [{ first, last }],
    ),
  }
}

/** What holds agents of living teams up, the longest first. */
async function readLimits(db: Database, args: { id: string | null }): Promise<QueryMap['limits']['result']> {
  let select = db
    .selectFrom('usage_limit')
    .innerJoin('orchestration', 'orchestration.id', 'usage_limit.orchestration_id')
    .selectAll('usage_limit')
    .where('usage_limit.state', '=', 'waiting')
    .where('orchestration.removed_at', 'is', null)
    .where('orchestration.state', 'not in', ['completed', 'failed', 'stopped'])
    .orderBy('usage_limit.seen_at')
  if (args.id !== null) select = select.where('orchestration.id', '=', args.id)
  return { limits: await select.execute() }
}

/** Orchestrations that the reconciler has to look at, and the owners that hosts registered. */
async function readLive(db: Database): Promise<QueryMap['live']['result']> {
  const rows = await db
    .selectFrom('orchestration')
    .select('id')
    .where('removed_at', 'is', null)
    .where((eb) =>
      eb.or([
        eb('state', 'in', ['planned', 'starting', 'running', 'integrating', 'needs-human']),
        eb.and([eb('desired', '=', 'stop'), eb('state', 'not in', ['stopped', 'failed', 'completed'])]),
      ]),
    )
    .execute()
  const hosts = await db.selectFrom('host').select('owner').execute()
  return { ids: rows.map((row) => row.id), owners: hosts.map((row) => row.owner) }
}

async function readDesired(db: Database, args: { id: string }): Promise<Desired | null> {
  const orchestration = await db
    .selectFrom('orchestration')
    .selectAll()
    .where('id', '=', args.id)
    .where('removed_at', 'is', null)
    .executeTakeFirst()
  if (!orchestration) return null
  const of = orchestration.id
  const [project, agents, conversations, branches, tasks, breakers] = [
    await db
      .selectFrom('project')
      .selectAll()
      .where('id', '=', orchestration.project_id)
      .executeTakeFirstOrThrow(),
    await db.selectFrom('agent').selectAll().where('orchestration_id', '=', of).orderBy('position').execute(),
    await db.selectFrom('conversation').selectAll().where('orchestration_id', '=', of).execute(),
    await db.selectFrom('branch').selectAll().where('orchestration_id', '=', of).execute(),
    await db.selectFrom('task').selectAll().where('orchestration_id', '=', of).orderBy('position').execute(),
    await db
      .selectFrom('breaker')
      .select(['entity', 'reason'])
      .where('state', '=', 'open')
      .where('entity', 'like', `agent:${of}/%`)
      .execute(),
  ]
  return {
    orchestration,
    project,
    agents,
    conversations,
    branches,
    tasks,
    openBreakers: breakers.map((row) => ({
      agent: row.entity.slice(`agent:${of}/`.length),
      reason: row.reason ?? 'no reason was kept',
    })),
    echoedTokens: await readEchoes(db, agents, conversations),
  }
}

/** Only of agents that are waited for; also after a stop or a crash, when the conversation was briefed before. */
async function readEchoes(
  db: Database,
  agents: readonly AgentRow[],
  conversations: readonly ConversationRow[],
): Promise<string[]> {
  const awaited = new Set(
    agents.filter((agent) => agent.state === 'starting').map((agent) => agent.conversation_id),
  )
  const waiting = conversations.filter((row) => awaited.has(row.id))
  const found: string[] = []
  for (const { token, orchestration_id, agent } of waiting) {
    const report = await db
      .selectFrom('report')
      .select('id')
      .where('orchestration_id', '=', orchestration_id)
      .where('agent', '=', agent)
      .where('note', 'like', `%${token}%`)
      .executeTakeFirst()
    if (report) found.push(token)
  }
  return found
}

async function readList(db: Database, args: { all: boolean }): Promise<QueryMap['list']['result']> {
  let select = db.selectFrom('orchestration').selectAll().orderBy('created_at', 'desc')
  if (!args.all) select = select.where('removed_at', 'is', null)
  const rows = await select.execute()
  const orchestrations: OrchestrationSummary[] = []
  for (const row of rows) {
    const project = await db
      .selectFrom('project')
      .select('path')
      .where('id', '=', row.project_id)
      .executeTakeFirstOrThrow()
    const agents = await db
      .selectFrom('agent')
      .select('state')
      .where('orchestration_id', '=', row.id)
      .execute()
    const tasks = await db.selectFrom('task').select('state').where('orchestration_id', '=', row.id).execute()
    orchestrations.push({
      id: row.id,
      state: row.state,
      project: project.path,
      title: row.spec_title,
      base: row.base_branch,
      baseCommit: row.base_commit,
      cause: row.cause,
      agents: {
        total: agents.length,
        running: agents.filter((agent) => agent.state === 'running').length,
        done: agents.filter((agent) => agent.state === 'done').length,
      },
      tasks: { total: tasks.length, done: tasks.filter((task) => task.state === 'done').length },
      createdAt: toIso(row.created_at),
      startedAt: toIso(row.started_at),
      endedAt: toIso(row.ended_at),
    })
  }
  return { orchestrations }
}

async function readLastSeen(
  db: Database,
  args: { id: string; name: string },
): Promise<{ newsSince: number }> {
  const last = await db
    .selectFrom('message')
    .select((eb) => eb.fn.max('created_at').as('at'))
    .where('orchestration_id', '=', args.id)
    .where('target', '=', args.name)
    .where('sender', '=', 'check-in')
    .executeTakeFirst()
  const agent = await getAgent(db, args.id, args.name)
  const since = Math.max(Number(last?.at ?? 0), agent.briefed_at ?? 0)
  const events = await db
    .selectFrom('event')
    .select(['kind', 'subject', 'data'])
    .where('stream', '=', args.id)
    .where('at', '>', since)
    .where((eb) => eb.or(newsAbout.map((about) => eb('kind', 'like', `${about}:%`))))
    .execute()
  return { newsSince: events.filter((event) => isNewsTo(args.name, event)).length }
}

/** `id`, `id/name`, or an unambiguous beginning of an id. */
async function resolveTarget(db: Database, target: string): Promise<{ id: string; name: string | null }> {
  const [wanted, name] = splitTarget(target)
  const rows = await db.selectFrom('orchestration').select('id').where('removed_at', 'is', null).execute()
  const exact = rows.find((row) => row.id === wanted)
  const near = exact ? [exact] : rows.filter((row) => wanted !== '' && row.id.startsWith(wanted))
  const [only] = near
  if (only && near.length === 1) return { id: only.id, name }
  if (near.length > 1) {
    throw new OrchestratorError('AMBIGUOUS', `${JSON.stringify(wanted)} is the beginning of several ids`, {
      hint: near.map((row) => row.id).join(', '),
    })
  }
  await getOrchestration(db, wanted)
  return { id: wanted, name }
}

function splitTarget(target: string): [string, string | null] {
  const slash = target.indexOf('/')
  return slash === -1 ? [target, null] : [target.slice(0, slash), target.slice(slash + 1)]
}

async function readSchedules(
  db: Database,
  args: { id: string | null },
): Promise<QueryMap['schedules']['result']> {
  const found: { name: string; target: string; note: string; when: string; nextAt: number | null }[] = []
  for (const schedule of await listSchedules(db)) {
    const payload = schedule.payload as { id?: string; agent?: string; note?: string; when?: string } | null
    if (!payload?.id || !payload.agent || (args.id !== null && payload.id !== args.id)) continue
    found.push({
      name: schedule.name,
      target: `${payload.id}/${payload.agent}`,
      note: payload.note ?? 'check-in',
      when: payload.when ?? `every ${Math.round((schedule.everyMs ?? 0) / 60_000)}m`,
      nextAt: schedule.nextAt ?? null,
    })
  }
  const once = await db
    .selectFrom('job')
    .selectAll()
    .where('kind', '=', 'note')
    .where('state', 'in', ['scheduled', 'ready'])
    .execute()
  for (const job of once) {
    const payload = JSON.parse(job.payload) as {
      id: string
      agent: string
      note: string
      when: string
      name: string
    }
    if (args.id !== null && payload.id !== args.id) continue
    if (found.some((schedule) => schedule.name === payload.name)) continue
    found.push({
      name: payload.name,
      target: `${payload.id}/${payload.agent}`,
      note: payload.note,
      when: payload.when,
      nextAt: job.due_at,
    })
  }
  return { schedules: found }
}
