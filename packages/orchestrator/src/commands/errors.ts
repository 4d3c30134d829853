import type { AgentKey, CommandMap } from '../command-map.ts'
import type { CommandContext, Database } from '../ledger.ts'
import type { AgentErrorRow } from '../tables.ts'
import { toIso } from '../views.ts'
import { getAgent, record } from './rows.ts'

type Seen = CommandMap['error.seen']['args']

/** Turns that fail one after another are told no faster. */
const turnMs = 10_000
/** What cannot be told from the same error that was out of sight for a moment is told again after this. */
const sameMs = 60_000
const detailMax = 300

/**
 * Notes the error that stops an agent; tells of it once, and once more when it is of another kind or a later turn failed
 * again. One that came back too soon stands in the table, and is told once it has stood for long enough.
 */
export async function seeError(
  tx: Database,
  args: Seen,
  context: CommandContext,
): Promise<{ told: boolean }> {
  await getAgent(tx, args.id, args.name)
  const last = await findError(tx, args)
  const isSame = last?.kind === args.kind
  const isStanding = last !== undefined && last.over_at === null
  const isLater = args.hitAt !== undefined && args.hitAt > (last?.hit_at ?? 0)
  if (last && isSame) {
    if (isStanding && last.is_told === 1 && !isLater) return { told: true }
    if (context.now - last.told_at < (isLater ? turnMs : sameMs)) {
      const isTold = isStanding && last.is_told === 1
      await update(tx, {
        ...last,
        // what is still to be told is told as what it is
        hit_at: isTold ? (args.hitAt ?? last.hit_at) : last.hit_at,
        since_at: isStanding ? last.since_at : context.now,
        is_told: isTold ? 1 : 0,
        over_at: null,
      })
      return { told: isTold }
    }
  }
  const at = Math.min(args.hitAt ?? context.now, context.now)
  const row: AgentErrorRow = {
    orchestration_id: args.id,
    agent: args.name,
    kind: args.kind,
    detail: args.detail?.slice(0, detailMax) ?? null,
    hit_at: args.hitAt ?? null,
    since_at: last && isSame && isStanding ? last.since_at : at,
    told_at: context.now,
    is_told: 1,
    over_at: null,
  }
  await update(tx, row)
  await record(tx, context, args.id, 'error:seen', args.name, {
    error: row.kind,
    detail: row.detail,
    at: toIso(at),
  })
  return { told: true }
}

/** The agent is seen at something else. */
export async function endError(tx: Database, args: AgentKey, context: CommandContext): Promise<null> {
  const last = await findError(tx, args)
  if (!last || last.over_at !== null) return null
  await update(tx, { ...last, over_at: context.now })
  if (last.is_told === 0) return null
  await record(tx, context, args.id, 'error:over', args.name, {
    error: last.kind,
    stoodMs: Math.max(0, context.now - last.since_at),
  })
  return null
}

async function findError(tx: Database, { id, name }: AgentKey): Promise<AgentErrorRow | undefined> {
  return await tx
    .selectFrom('agent_error')
    .selectAll()
    .where('orchestration_id', '=', id)
    .where('agent', '=', name)
    .executeTakeFirst()
}

async function update(tx: Database, row: AgentErrorRow): Promise<void> {
  await tx
    .insertInto('agent_error')
    .values(row)
    .onConflict((conflict) => conflict.columns(['orchestration_id', 'agent']).doUpdateSet(row))
    .execute()
}
