import type { CommandMap } from '../command-map.ts'
import type { CommandContext, Database } from '../ledger.ts'
import { agentUpdate, record } from './rows.ts'

type Args<N extends keyof CommandMap> = CommandMap[N]['args']

export async function setPorts(
  tx: Database,
  args: Args<'agent.ports'>,
  context: CommandContext,
): Promise<null> {
  await agentUpdate(tx, args).set({ port_first: args.first, port_last: args.last }).execute()
  await record(tx, context, args.id, 'worktree:ports', args.name, { first: args.first, last: args.last })
  return null
}

export async function markSettingUp(
  tx: Database,
  args: Args<'agent.settingUp'>,
  context: CommandContext,
): Promise<null> {
  await record(tx, context, args.id, 'worktree:setting-up', args.name, { file: args.file })
  return null
}

export async function markPrepared(
  tx: Database,
  args: Args<'agent.prepared'>,
  context: CommandContext,
): Promise<null> {
  await agentUpdate(tx, args).set({ prepared_at: context.now, unprepared_cause: null }).execute()
  const { copied, skipped, setUpMs } = args
  await record(tx, context, args.id, 'worktree:prepared', args.name, { copied, skipped, setUpMs })
  return null
}

export async function markUnprepared(
  tx: Database,
  args: Args<'agent.unprepared'>,
  context: CommandContext,
): Promise<null> {
  await agentUpdate(tx, args).set({ prepared_at: null, unprepared_cause: args.cause }).execute()
  await record(tx, context, args.id, 'worktree:unprepared', args.name, { cause: args.cause })
  return null
}

export async function markRepaired(
  tx: Database,
  args: Args<'agent.repaired'>,
  context: CommandContext,
): Promise<null> {
  const { found, done, saved } = args
  await record(tx, context, args.id, 'worktree:repaired', args.name, { found, done, saved })
  return null
}
