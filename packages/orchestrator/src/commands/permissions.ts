import type { CommandMap } from '../command-map.ts'
import type { CommandContext, Database } from '../ledger.ts'
import type { PermissionRow } from '../tables.ts'
import { getAgent, record } from './rows.ts'

type Args<N extends keyof CommandMap> = CommandMap[N]['args']

/**
 * Brings the rows to what is asked right now; every change is an event. What was gone and is asked waits again: nobody
 * has answered it.
 */
export async function seePermissions(
  tx: Database,
  args: Args<'permission.seen'>,
  context: CommandContext,
): Promise<{ waiting: PermissionRow[] }> {
  await getAgent(tx, args.id, args.name)
  const known = await rowsOf(tx, args)
  const asked = new Set(args.asks.map((ask) => ask.id))
  for (const row of known) {
    if (row.state === 'waiting' && !asked.has(row.request)) await settle(tx, row, { state: 'gone' }, context)
  }
  for (const ask of args.asks) {
    const before = known.find((row) => row.request === ask.id)
    if (before && before.state !== 'gone') continue
    const row: PermissionRow = {
      id: before?.id ?? context.newId(),
      orchestration_id: args.id,
      agent: args.name,
      request: ask.id,
      tool: ask.tool,
      subject: ask.subject,
      is_partial: ask.isPartial ? 1 : 0,
      state: 'waiting',
      decided_by: null,
      rule: null,
      note: null,
      asked_at: Math.min(ask.askedAt, context.now),
      settled_at: null,
    }
    await tx
      .insertInto('permission')
      .values(row)
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet({ state: 'waiting', note: null, settled_at: null }),
      )
      .execute()
    await record(tx, context, args.id, 'permission:asked', args.name, {
      request: row.request,
      tool: row.tool,
      subject: row.subject,
    })
  }
  return { waiting: (await rowsOf(tx, args)).filter((row) => row.state === 'waiting') }
}

export async function settlePermission(
  tx: Database,
  args: Args<'permission.settle'>,
  context: CommandContext,
): Promise<{ settled: boolean; waitedMs: number }> {
  const row = (await rowsOf(tx, args)).find((candidate) => candidate.request === args.request)
  if (row?.state !== 'waiting') return { settled: false, waitedMs: 0 }
  return { settled: true, waitedMs: await settle(tx, row, args, context) }
}

export async function leavePermission(
  tx: Database,
  args: Args<'permission.leave'>,
  context: CommandContext,
): Promise<{ left: boolean }> {
  const row = (await rowsOf(tx, args)).find((candidate) => candidate.request === args.request)
  if (row?.state !== 'waiting') return { left: false }
  const { request, note } = args
  await tx.updateTable('permission').set({ note }).where('id', '=', row.id).execute()
  await record(tx, context, args.id, 'permission:left', args.name, { request, tool: row.tool, note })
  return { left: true }
}

function rowsOf(tx: Database, { id, name }: { id: string; name: string }): Promise<PermissionRow[]> {
  return tx
    .selectFrom('permission')
    .selectAll()
    .where('orchestration_id', '=', id)
    .where('agent', '=', name)
    .orderBy('asked_at')
    .execute()
}

interface Settlement {
  readonly state: 'allowed' | 'denied' | 'gone'
  readonly by?: 'policy' | 'you'
  readonly rule?: string | null
}

async function settle(
  tx: Database,
  row: PermissionRow,
  { state, by = undefined, rule = null }: Settlement,
  context: CommandContext,
): Promise<number> {
  const waitedMs = Math.max(0, context.now - row.asked_at)
  await tx
    .updateTable('permission')
    .set({ state, decided_by: by ?? null, rule, note: null, settled_at: context.now })
    .where('id', '=', row.id)
    .execute()
  await record(tx, context, row.orchestration_id, `permission:${state}`, row.agent, {
    request: row.request,
    tool: row.tool,
    by: by ?? null,
    rule,
    waitedMs,
  })
  return waitedMs
}
