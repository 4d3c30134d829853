import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openRepository, type Repository } from '@tmux-orchestrator/worktree'
import { type TemporaryRepository, temporaryRepository } from '@tmux-orchestrator/worktree/testing'
import type { Ledger } from '../src/ledger.ts'
import type { RunPlan } from '../src/protocol.ts'
import type { Runtime } from '../src/runtime.ts'
import { plannedAgent, startRun, type TemporaryLedger, temporaryLedger } from './temporary-ledger.ts'

const id = 'shop-abcd'
const unused = (): never => {
  throw new Error('this part is not there')
}

export interface TemporaryProject extends AsyncDisposable {
  readonly git: TemporaryRepository['git']
  readonly room: TemporaryLedger
  readonly ledger: Ledger
  readonly runtime: Runtime
  readonly integration: string
  /** Where agents' worktrees, and those of verifications, would be. */
  readonly under: string
  /** Stores a running team of `dev1`, `dev2`, … with an integration branch at the base. */
  start(agents: number, change?: Partial<RunPlan>): Promise<RunPlan>
  /** Commits the files to a branch of the agent, from the base, and reports it as done; answers the commit. */
  work(name: string, files: Readonly<Record<string, string>>): Promise<string>
  /** Another runtime that does the same, but for what is given. */
  with(change: Partial<Runtime>): Runtime
}

/** A real repository, a store, and a runtime without tmux. */
export async function temporaryProject(files: Readonly<Record<string, string>>): Promise<TemporaryProject> {
  const room = await temporaryLedger()
  const temporary = await temporaryRepository({ files })
  const { git, dir, outside } = temporary
  const env = { ...process.env, ...temporary.env, TMO_TOKEN: 'secret', TMUX: 'nothing' }
  const repository: Repository = await openRepository(dir, { env })
  const base = await git('rev-parse', 'main')
  const under = join(outside, 'worktrees', id)
  const integration = `tmo/${id}/integration`
  await mkdir(under, { recursive: true })
  const runtime: Runtime = {
    ledger: room.ledger,
    home: outside,
    host: 'here',
    owner: room.owner,
    binDir: join(outside, 'bin'),
    env,
    signal: new AbortController().signal,
    pastings: new Map(),
    preparations: new Map(),
    now: room.now,
    log: () => undefined,
    tmux: unused,
    runningTmux: unused,
    adapter: unused,
    repository: async () => repository,
    folder: unused,
    nextChange: unused,
    closeSession: unused,
    wake: () => undefined,
  }
  return {
    git,
    room,
    ledger: room.ledger,
    runtime,
    integration,
    under,
    with: (change) => ({ ...runtime, ...change }),
    start: async (agents, change = {}) => {
      const names = Array.from({ length: agents }, (_, index) => `dev${index + 1}`)
      const plan = await startRun(room.ledger, {
        project: { path: dir, name: 'repository' },
        base: { branch: 'main', commit: base },
        integrationBranch: integration,
        agents: names.map((name) => plannedAgent(name, { worktree: join(under, name) })),
        ...change,
      })
      if (plan.integrationBranch === null) return plan
      await git('branch', plan.integrationBranch, base)
      await room.ledger.command('orchestration.integration', { id, commit: base })
      return plan
    },
    work: async (name, own) => {
      await git('checkout', '--quiet', '-B', `tmo/${id}/${name}`, base)
      const commit = await temporary.commit(own, `The work of ${name}`)
      await git('checkout', '--quiet', 'main')
      await room.ledger.command('report.add', { id, name, kind: 'done', note: 'done', commit })
      return commit
    },
    [Symbol.asyncDispose]: async () => {
      await room[Symbol.asyncDispose]()
      await temporary[Symbol.asyncDispose]()
    },
  }
}
