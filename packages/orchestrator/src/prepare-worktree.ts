import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { Damage, Repository } from '@tmux-orchestrator/worktree'
import type { Pass } from './act.ts'
import type { Desired } from './command-map.ts'
import { OrchestratorError } from './errors.ts'
import { endHook, preparationOf, runTeamHook } from './run-team-hook.ts'
import { describeError, errorCode, type Runtime } from './runtime.ts'
import type { AgentRow } from './tables.ts'

/** What is done by then lets the agent start in the same pass; what takes longer goes on beside the passes. */
const soonMs = 250
const againMs = 500
const portsFrom = 20_000
const portsTo = 30_000

/** Codes after which another try cannot help. */
const final: ReadonlySet<string> = new Set(['HOOK_FAILED', 'TOO_MANY_FILES', 'NO_PORTS', 'DISK_FULL'])

/** The agent's worktree: made, or mended where it was there before, so that nothing of it is lost. */
export async function makeWorktree(runtime: Runtime, pass: Pass, agent: AgentRow): Promise<void> {
  const repository = await runtime.repository(pass.desired.project.path)
  if (agent.prepared_at !== null) {
    const key = { id: agent.orchestration_id, name: agent.name }
    await runtime.ledger.command('agent.unprepared', { ...key, cause: null })
    const remaining = await repair(runtime, repository, agent)
    if (remaining.length === 0) return
    if (existsSync(agent.worktree)) throw broken(agent, remaining)
  }
  await repository.addWorktree({
    path: agent.worktree,
    branch: agent.branch,
    base: pass.desired.orchestration.base_commit,
    createBranch: true,
    signal: runtime.signal,
  })
}

/**
 * Before a program comes back: the locks of a git that ended with the last one would keep it from committing, and in a
 * damaged worktree it could not work. What an agent has begun itself (a merge, a rebase) is its own to end.
 *
 * @throws OrchestratorError WORKTREE_BROKEN when something cannot be mended
 */
export async function mendWorktree(runtime: Runtime, pass: Pass, agent: AgentRow): Promise<void> {
  const repository = await runtime.repository(pass.desired.project.path)
  const removed = await repository.removeStaleLocks(agent.worktree)
  if (removed.length > 0) {
    runtime.log({ level: 'warn', event: 'git:stale-lock', agent: agent.name, removed: removed.join(' ') })
  }
  const conversation = pass.desired.conversations.find((row) => row.id === agent.conversation_id)
  const wasLaunched = agent.exits > 0 || (conversation?.launches ?? 0) > 0
  if (!wasLaunched) return
  const options = { branch: agent.branch, signal: runtime.signal }
  if ((await repository.diagnose(agent.worktree, options)).every(isOwnWork)) return
  const remaining = await repair(runtime, repository, agent)
  if (remaining.length > 0) throw broken(agent, remaining)
}

/** Answers what is still wrong. */
async function repair(runtime: Runtime, repository: Repository, agent: AgentRow): Promise<readonly Damage[]> {
  const { found, done, saved, remaining } = await repository.repair(agent.worktree, {
    branch: agent.branch,
    preserveRef: `refs/tmo/preserved/${agent.orchestration_id}/${agent.name}/*`,
    signal: runtime.signal,
  })
  if (done.length > 0) {
    const key = { id: agent.orchestration_id, name: agent.name }
    const whats = found.map(({ what }) => what)
    await runtime.ledger.command('agent.repaired', { ...key, found: whats, done, saved })
    runtime.log({ level: 'warn', event: 'worktree:repaired', agent: agent.name, found: whats, done, saved })
  }
  return remaining.filter((damage) => !isOwnWork(damage))
}

function isOwnWork({ kind }: Damage): boolean {
  return kind === 'unfinished-operation'
}

function broken(agent: AgentRow, remaining: readonly Damage[]): OrchestratorError {
  const what = remaining.map((damage) => damage.what).join('; ')
  return new OrchestratorError('WORKTREE_BROKEN', `the worktree of ${agent.name} is damaged: ${what}`, {
    hint: `look into ${agent.worktree}; what could be saved is in refs/tmo/preserved/${agent.orchestration_id}`,
  })
}

/**
 * Begins to make the worktree ready: ignored files that a build needs, ports, the set-up hook. Answers the agent when that is
 * done soon; else it goes on, and asks for a pass at its end. One that fails for good is noted, and the next pass acts on it.
 */
export async function prepareWorktree(
  runtime: Runtime,
  pass: Pass,
  agent: AgentRow,
): Promise<AgentRow | undefined> {
  if (runtime.preparations.has(agent.worktree)) return undefined
  const abort = new AbortController()
  const end = (): void => abort.abort(new Error(`${agent.name} is not made ready any more`))
  runtime.signal.addEventListener('abort', end, { once: true })
  let isAwaited = true
  const done = prepare(runtime, pass.desired, agent, abort.signal)
    .catch((error: unknown) => refuse(runtime, agent, error, abort.signal))
    .finally(() => {
      runtime.signal.removeEventListener('abort', end)
      runtime.preparations.delete(agent.worktree)
      if (!isAwaited) runtime.wake({ id: agent.orchestration_id })
    })
  runtime.preparations.set(agent.worktree, { done, end })
  let timer: NodeJS.Timeout | undefined
  const soon = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), soonMs)
  })
  try {
    return await Promise.race([done, soon])
  } finally {
    clearTimeout(timer)
    isAwaited = false
  }
}

/** Ends what is being made ready, and the hooks that a daemon which is gone left running; they are over when this answers. */
export async function endPreparations(runtime: Runtime, agents: readonly AgentRow[]): Promise<void> {
  await Promise.all(
    agents.map(async (agent) => {
      const preparing = runtime.preparations.get(agent.worktree)
      preparing?.end()
      await preparing?.done
      endHook(runtime, agent)
    }),
  )
}

async function prepare(
  runtime: Runtime,
  desired: Desired,
  agent: AgentRow,
  signal: AbortSignal,
): Promise<AgentRow> {
  const repository = await runtime.repository(desired.project.path)
  const { copy, setup } = preparationOf(desired.orchestration)
  const key = { id: agent.orchestration_id, name: agent.name }
  const { copied, skipped } = await repository.copyIncluded(agent.worktree, { patterns: copy, signal })
  const ready = { ...agent, ...(await assignPorts(runtime, repository, desired, agent, signal)) }
  if (setup !== null) await runtime.ledger.command('agent.settingUp', { ...key, file: setup.file })
  const setUpMs = await runTeamHook(runtime, desired, ready, 'setup', signal)
  signal.throwIfAborted()
  const skips = skipped.slice(0, 20).map(({ path, reason }) => `${path}: ${reason}`)
  await runtime.ledger.command('agent.prepared', { ...key, copied: copied.length, skipped: skips, setUpMs })
  return { ...ready, prepared_at: runtime.now() }
}

async function refuse(
  runtime: Runtime,
  agent: AgentRow,
  error: unknown,
  signal: AbortSignal,
): Promise<undefined> {
  if (signal.aborted) return
  const key = { id: agent.orchestration_id, name: agent.name }
  const cause = describeError(error)
  const isFinal = final.has(errorCode(error) ?? '')
  runtime.log({ level: 'error', event: 'worktree:not-prepared', agent: agent.name, error: cause })
  if (isFinal) {
    await runtime.ledger.command('agent.unprepared', { ...key, cause: `${agent.name}: ${cause}` })
    runtime.wake({ id: key.id })
    return
  }
  await runtime.ledger.command('agent.exited', { ...key, cause, counted: true, ended: null })
  setTimeout(() => runtime.wake({ id: key.id }), againMs).unref()
}

/** One after another: what one was given, the next one sees as taken. */
let assigning: Promise<unknown> = Promise.resolve()

async function assignPorts(
  runtime: Runtime,
  repository: Repository,
  desired: Desired,
  agent: AgentRow,
  signal: AbortSignal,
): Promise<Pick<AgentRow, 'port_first' | 'port_last'>> {
  const { ports: size } = preparationOf(desired.orchestration)
  if (size === 0) return { port_first: null, port_last: null }
  const key = { id: agent.orchestration_id, name: agent.name }
  const assigned = assigning.then(async () => {
    const { taken } = await runtime.ledger.query('ports', key)
    const within = { from: portsFrom, to: portsTo, preferred: preferredPort(runtime.home) }
    const range = await repository.assignPorts(agent.worktree, { size, ...within, taken, signal })
    await runtime.ledger.command('agent.ports', { ...key, ...range })
    return { port_first: range.first, port_last: range.last }
  })
  assigning = assigned.catch(() => undefined)
  return await assigned
}

/** Daemons of other homes begin elsewhere, and do not meet while their agents listen on nothing yet. */
function preferredPort(home: string): number {
  const share = createHash('sha256').update(home).digest().readUInt32BE() / 2 ** 32
  return portsFrom + Math.floor(share * (portsTo - portsFrom))
}
