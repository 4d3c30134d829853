import { listJobs } from '@tmux-orchestrator/scheduler-db'
import type { Desired } from '../src/command-map.ts'
import type { AgentRow, BranchRow, MessageRow } from '../src/tables.ts'
import { createRun, startRun, type TemporaryLedger, temporaryLedger } from './temporary-ledger.ts'

export const id = 'shop-abcd'
export const commit: string = 'c'.repeat(40)

type Added = Promise<{ accepted: boolean; reasons: readonly string[] }>

/** A ledger, and how its run is looked at and spoken to. */
export interface CommandsRoom extends TemporaryLedger {
  create(change?: Parameters<typeof createRun>[1]): Promise<unknown>
  start(change?: Parameters<typeof startRun>[1]): Promise<unknown>
  desired(): Promise<Desired>
  agent(name: string): Promise<AgentRow | undefined>
  branch(name: string): Promise<BranchRow | undefined>
  send(
    targets: readonly string[],
    text?: string,
  ): Promise<{ messages: readonly { id: string; target: string }[] }>
  report(name: string, kind: 'done' | 'failed' | 'blocked' | 'progress', note?: string): Added
  messages(): Promise<MessageRow[]>
  /** Records that the agent's work was merged. */
  integrated(name: string): Promise<unknown>
  /** Agents whose next integration waits. */
  queued(): Promise<string[]>
  /** Claims and completes jobs until none is due. */
  runJobs(): Promise<void>
}

export async function commandsRoom(): Promise<CommandsRoom> {
  const own = await temporaryLedger()
  const { ledger, store, owner } = own

  async function desired(): Promise<Desired> {
    const found = await ledger.query('desired', { id })
    if (!found) throw new Error('the run is gone')
    return found
  }

  async function runJobs(): Promise<void> {
    const { jobs } = await ledger.command('jobs.claim', { owner, leaseMs: 30_000, limit: 10 })
    for (const job of jobs)
      await ledger.command('jobs.complete', { id: job.id, token: job.token, result: null })
    if (jobs.length > 0) await runJobs()
  }

  return {
    ...own,
    create: (change) => createRun(ledger, change),
    start: (change) => startRun(ledger, change),
    desired,
    agent: async (name) => (await desired()).agents.find((row) => row.name === name),
    branch: async (name) => (await desired()).branches.find((row) => row.agent === name),
    send: (targets, text = 'hello') =>
      ledger.command('message.create', {
        id,
        targets,
        sender: 'you',
        text,
        policy: 'retry',
        ttlMs: 3_600_000,
      }),
    report: (name, kind, note = 'so it is') => ledger.command('report.add', { id, name, kind, note, commit }),
    integrated: (name) =>
      ledger.command('agent.integrated', {
        id,
        name,
        reported: commit,
        commit,
        mergedCommit: commit,
        note: 'work',
      }),
    messages: () => store.db.selectFrom('message').selectAll().orderBy('id').execute(),
    queued: async () =>
      (await listJobs(store.db, { state: 'ready' }))
        .filter((job) => job.kind === 'integrate')
        .map((job) => (job.payload as { agent: string }).agent)
        .toSorted(),
    runJobs,
  }
}
