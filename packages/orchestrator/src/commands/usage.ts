import type { CommandMap } from '../command-map.ts'
import type { CommandContext, Database } from '../ledger.ts'
import { getAgent } from './rows.ts'

type Args<N extends keyof CommandMap> = CommandMap[N]['args']

/** What the program's own record says by now takes the place of what it said before. */
export async function recordUsage(
  tx: Database,
  args: Args<'usage.record'>,
  context: CommandContext,
): Promise<null> {
  await getAgent(tx, args.id, args.name)
  const { usage } = args
  const told = {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cached_input_tokens: usage.cachedInputTokens ?? null,
    cost_usd: usage.costUsd ?? null,
    context_tokens: usage.contextTokens ?? null,
    context_used_ratio: usage.contextUsedRatio ?? null,
    turns: usage.turns,
    model: usage.model ?? null,
    read_at: context.now,
  }
  await tx
    .insertInto('usage')
    .values({
      conversation_id: args.conversationId,
      orchestration_id: args.id,
      agent: args.name,
      ...told,
    })
    .onConflict((conflict) => conflict.column('conversation_id').doUpdateSet(told))
    .execute()
  return null
}

export async function addActivityTime(tx: Database, args: Args<'activity.spent'>): Promise<null> {
  for (const [activity, ms] of Object.entries(args.ms)) {
    const spent = Math.round(ms)
    if (spent <= 0) continue
    await tx
      .insertInto('activity_time')
      .values({ orchestration_id: args.id, agent: args.name, activity, ms: spent })
      .onConflict((conflict) =>
        conflict
          .columns(['orchestration_id', 'agent', 'activity'])
          .doUpdateSet((eb) => ({ ms: eb('activity_time.ms', '+', spent) })),
      )
      .execute()
  }
  return null
}
