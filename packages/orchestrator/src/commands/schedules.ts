import { cancelJob, deleteSchedule, enqueueJob, nextRuns, putSchedule } from '@tmux-orchestrator/scheduler-db'
import type { CommandMap } from '../command-map.ts'
import { OrchestratorError } from '../errors.ts'
import type { CommandContext, Database } from '../ledger.ts'
import { parseWhen } from '../parse-when.ts'
import { getAgent, getOpenOrchestration, record } from './rows.ts'

type Args<N extends keyof CommandMap> = CommandMap[N]['args']

/** A note for later: once (minutes, `10m`, an instant) or again and again (a cron line). */
export async function addSchedule(
  tx: Database,
  args: Args<'schedule.add'>,
  context: CommandContext,
): Promise<{ name: string; nextAt: number }> {
  await getOpenOrchestration(tx, args.id)
  await getAgent(tx, args.id, args.target)
  const when = parseWhen(args.when, context.now)
  const name = `note:${args.id}/${args.target}:${context.newId().slice(-8)}`
  const payload = { id: args.id, agent: args.target, note: args.note, when: args.when, name }
  const nextAt =
    when.kind === 'at'
      ? await addOnce(tx, name, payload, when.at, context)
      : await addCron(
          tx,
          name,
          payload,
          { cron: when.cron, ...(args.tz === null ? {} : { tz: args.tz }) },
          context,
        )
  await record(tx, context, args.id, 'schedule:added', args.target, { name, when: args.when })
  return { name, nextAt }
}

async function addOnce(
  tx: Database,
  name: string,
  payload: Record<string, string>,
  at: number,
  context: CommandContext,
): Promise<number> {
  await enqueueJob(
    tx,
    { queue: context.host, kind: 'note', payload, dueAt: at, dedupeKey: name, maxAttempts: 5 },
    { now: context.now },
  )
  return at
}

async function addCron(
  tx: Database,
  name: string,
  payload: Record<string, string>,
  rule: { cron: string; tz?: string },
  context: CommandContext,
): Promise<number> {
  const [next] = nextRuns(rule, { from: context.now, count: 1 })
  if (next === undefined) {
    throw new OrchestratorError('BAD_ARGUMENT', `the cron line ${JSON.stringify(rule.cron)} never fires`)
  }
  await putSchedule(
    tx,
    { name, ...rule, kind: 'note', queue: context.host, payload, misfire: 'once', overlap: 'skip' },
    { now: context.now },
  )
  return next
}

export async function cancelSchedule(
  tx: Database,
  args: Args<'schedule.cancel'>,
  context: CommandContext,
): Promise<{ cancelled: boolean }> {
  if (!args.name.startsWith('note:')) {
    throw new OrchestratorError('NO_SUCH_SCHEDULE', `there is no schedule ${JSON.stringify(args.name)}`, {
      hint: 'tmo schedule list shows the names',
    })
  }
  const isSchedule = await deleteSchedule(tx, args.name)
  const job = await tx
    .selectFrom('job')
    .select('id')
    .where('dedupe_key', '=', args.name)
    .where('state', 'in', ['scheduled', 'ready'])
    .executeTakeFirst()
  if (job) await cancelJob(tx, { id: job.id, now: context.now, reason: 'its schedule was cancelled' })
  if (!isSchedule && !job) {
    throw new OrchestratorError('NO_SUCH_SCHEDULE', `there is no schedule ${JSON.stringify(args.name)}`, {
      hint: 'tmo schedule list shows the names',
    })
  }
  return { cancelled: true }
}
