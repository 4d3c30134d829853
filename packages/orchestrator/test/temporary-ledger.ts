import { processOwner, type Store } from '@tmux-orchestrator/scheduler-db'
import { temporaryStore } from '@tmux-orchestrator/scheduler-db/testing'
import type { Ledger } from '../src/ledger.ts'
import { runCommand, runQuery } from '../src/ledger.ts'
import { orchestratorMigrations } from '../src/migrations.ts'
import type { PlannedAgent, RunPlan } from '../src/protocol.ts'
import type { OrchestratorTables } from '../src/tables.ts'

export interface TemporaryLedger extends AsyncDisposable {
  readonly ledger: Ledger
  readonly store: Store<OrchestratorTables>
  readonly owner: string
  now(): number
  /** Moves the clock on, in milliseconds. */
  pass(ms: number): void
}

/** The writer in this process, over a store of its own whose clock stands until it is moved, or is the real one. */
export async function temporaryLedger(clock?: () => number): Promise<TemporaryLedger> {
  let standing = Date.parse('2026-01-31T09:00:00Z')
  const readClock = clock ?? (() => standing)
  let count = 0
  const temporary = await temporaryStore<OrchestratorTables>({
    migrations: [orchestratorMigrations],
    clock: readClock,
  })
  const { store } = temporary
  const context = () => ({
    now: readClock(),
    newId: () => {
      count += 1
      return `id-${String(count).padStart(8, '0')}`
    },
    host: 'here',
  })
  const ledger = {
    command: (name, args) => store.transaction((tx) => runCommand(tx, name, args, context())),
    query: (name, args) => runQuery(store.db, name, args, context()),
  } as Ledger
  return {
    ledger,
    store,
    owner: processOwner(),
    now: readClock,
    pass: (ms) => {
      standing += ms
    },
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  }
}

export function plannedAgent(name: string, change: Partial<PlannedAgent> = {}): PlannedAgent {
  return {
    name,
    role: 'developer',
    implements: true,
    worktree: `/nowhere/shop-abcd/${name}`,
    branch: `tmo/shop-abcd/${name}`,
    checkInMs: 600_000,
    evidence: [],
    ...change,
  }
}

export function createPlan(change: Partial<RunPlan> = {}): RunPlan {
  return {
    id: 'shop-abcd',
    project: { path: '/project', name: 'project' },
    base: { branch: 'main', commit: 'b'.repeat(40) },
    spec: { path: '/project/spec.md', title: 'Shop', text: '# Shop\n' },
    branchPrefix: 'tmo',
    integrationBranch: 'tmo/shop-abcd/integration',
    program: 'sim',
    programOptions: {},
    verify: null,
    merge: 'integration',
    briefTimeoutMs: 60_000,
    agents: [
      plannedAgent('lead', { role: 'orchestrator', implements: false }),
      plannedAgent('dev1'),
      plannedAgent('dev2'),
    ],
    tasks: [],
    ...change,
  }
}

/** Stores the run; each agent's secrets derive from its name. */
export async function createRun(ledger: Ledger, change: Partial<RunPlan> = {}): Promise<RunPlan> {
  const plan = createPlan(change)
  const secrets = plan.agents.map(({ name }) => ({
    name,
    token: `secret-${plan.id}-${name}`,
    tokenHash: `hash-${plan.id}-${name}`,
    conversationId: `conversation-${plan.id}-${name}`,
    briefToken: `tmo-b-${plan.id}-${name}`,
  }))
  await ledger.command('run.create', { plan, secrets })
  return plan
}

/** Stores the run and walks it to `running`, as if every brief had arrived. */
export async function startRun(ledger: Ledger, change: Partial<RunPlan> = {}): Promise<RunPlan> {
  const plan = await createRun(ledger, change)
  await ledger.command('orchestration.state', { id: plan.id, state: 'starting' })
  for (const { name } of plan.agents) await brief(ledger, plan.id, name)
  return plan
}

export async function brief(ledger: Ledger, id: string, name: string): Promise<boolean> {
  const conversationId = `conversation-${id}-${name}`
  await ledger.command('agent.launching', { id, name, conversationId, briefing: 'argument' })
  const { running } = await ledger.command('agent.briefed', { id, name, conversationId, proof: 'seen' })
  return running
}
