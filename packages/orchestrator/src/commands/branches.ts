import { enqueueJob } from '@tmux-orchestrator/scheduler-db'
import type { CommandMap } from '../command-map.ts'
import type { CommandContext, Database } from '../ledger.ts'
import { record } from './rows.ts'

type Args<N extends keyof CommandMap> = CommandMap[N]['args']

export async function setBranchState(
  tx: Database,
  args: Args<'branch.state'>,
  context: CommandContext,
): Promise<null> {
  await tx
    .updateTable('branch')
    .set({
      state: args.state,
      cause: args.cause ?? null,
      updated_at: context.now,
      ...(args.commit === undefined ? {} : { commit_id: args.commit }),
    })
    .where('orchestration_id', '=', args.id)
    .where('agent', '=', args.name)
    .execute()
  await record(tx, context, args.id, 'branch:state', args.name, {
    to: args.state,
    commit: args.commit ?? null,
    cause: args.cause ?? null,
  })
  return null
}

export async function recordMerge(
  tx: Database,
  args: Args<'merge.record'>,
  context: CommandContext,
): Promise<null> {
  await tx
    .insertInto('merge')
    .values({
      id: context.newId(),
      orchestration_id: args.id,
      agent: args.name,
      from_commit: args.fromCommit,
      into_commit: args.intoCommit,
      result_commit: args.resultCommit,
      state: args.state,
      files: JSON.stringify(args.files),
      deadline_at: args.deadlineAt,
      at: context.now,
    })
    .execute()
  if (args.deadlineAt !== null) {
    await enqueueJob(
      tx,
      {
        queue: context.host,
        kind: 'conflict',
        payload: { id: args.id, agent: args.name },
        dueAt: args.deadlineAt,
        dedupeKey: `conflict:${args.id}/${args.name}`,
      },
      { now: context.now },
    )
  }
  await record(tx, context, args.id, `merge:${args.state}`, args.name, {
    from: args.fromCommit,
    into: args.intoCommit,
    result: args.resultCommit,
    files: args.files,
  })
  return null
}
