import { dirname } from 'node:path'
import type { Repository } from '@tmux-orchestrator/worktree'
import type { Desired } from './command-map.ts'
import type { Runtime } from './runtime.ts'
import type { AgentRow, BranchRow } from './tables.ts'
import type { Verdict } from './verify.ts'
import { verify } from './verify.ts'

const conflictDeadlineMs = 30 * 60_000
const hourMs = 60 * 60_000

interface Work {
  readonly agent: AgentRow
  readonly branch: BranchRow
  readonly commit: string
}

interface Site {
  readonly runtime: Runtime
  readonly desired: Desired
  readonly repository: Repository
}

/**
 * Takes an agent's reported branch to where it belongs: verified at its own commit, merged as objects only, verified
 * again at the merged commit, and only then does the integration branch move. What is red alone may be green
 * together with what it depends on, so it is tried once more when everybody who implements has reported. What stays
 * red is for a human, and the integration branch has not moved.
 */
export async function integrate(runtime: Runtime, id: string, name: string): Promise<string> {
  const desired = await runtime.ledger.query('desired', { id })
  if (desired?.orchestration.desired !== 'run') return 'the orchestration is not running'
  const repository = await runtime.repository(desired.project.path)
  const site = { runtime, desired, repository }
  const work = findWork(desired, name)
  if (!work) return 'there is nothing to integrate yet'
  const { orchestration } = desired
  if (work.commit === orchestration.base_commit) return await accept(site, work, null)
  if (await isMerged(site, work)) {
    await recordTip(site)
    return await accept(site, work, null)
  }
  const alone = await check(site, work.commit)
  if (alone && alone.exitCode !== 0) return await together(site, work, alone)
  await setBranch(site, work, 'verified', null)
  if (orchestration.merge === 'none') {
    if (alone) await recordVerdict(site, alone)
    return await accept(site, work, null)
  }
  await setBranch(site, work, 'queued', null)
  return await merge(site, [work])
}

function findWork(desired: Desired, name: string): Work | undefined {
  const agent = desired.agents.find((candidate) => candidate.name === name)
  const branch = desired.branches.find((candidate) => candidate.agent === name)
  if (!agent || !branch || branch.commit_id === null) return undefined
  // It can be quicker than the proof of its brief, which queues this again.
  if (agent.briefed_at === null) return undefined
  if (branch.state === 'open' || branch.state === 'merged' || agent.state === 'done') return undefined
  return { agent, branch, commit: branch.commit_id }
}

/** A crash between the branch's move and the record leaves the work merged already. */
async function isMerged(site: Site, work: Work): Promise<boolean> {
  const tip = await integrationTip(site)
  if (tip === undefined || tip === site.desired.orchestration.base_commit) return false
  return (await site.repository.commits({ from: tip, to: work.commit })).length === 0
}

/** What a crash kept from being written down: where the branch stands. */
async function recordTip(site: Site): Promise<void> {
  const { id, integration_commit: known } = site.desired.orchestration
  const tip = await integrationTip(site)
  if (tip === undefined || tip === known) return
  await site.runtime.ledger.command('orchestration.integration', { id, commit: tip })
}

async function integrationTip(site: Site): Promise<string | undefined> {
  const { integration_branch: branch } = site.desired.orchestration
  return branch === null ? undefined : await site.repository.resolveCommit(`refs/heads/${branch}`)
}

async function check(site: Site, commit: string): Promise<Verdict | undefined> {
  const { orchestration, agents } = site.desired
  const [first] = agents
  if (orchestration.verify_command === null || !first) return undefined
  return await verify(site.runtime, site.repository, {
    command: orchestration.verify_command,
    commit,
    timeoutMs: orchestration.verify_timeout_ms,
    under: dirname(first.worktree),
  })
}

/** Everybody who implements and has something reported that is not merged yet, in the team's order. */
async function together(site: Site, work: Work, alone: Verdict): Promise<string> {
  const { desired } = site
  await setBranch(site, work, 'reported', `red alone (exit ${alone.exitCode})`)
  const others = desired.agents.filter((agent) => agent.implements === 1 && agent.name !== work.agent.name)
  const missing = others.filter((agent) => isOpen(desired, agent))
  if (missing.length > 0 && desired.orchestration.merge === 'integration') {
    return `red alone; waits for ${missing.map((agent) => agent.name).join(', ')}`
  }
  const waiting = others.flatMap((agent) => findWork(desired, agent.name) ?? [])
  const isAlone = waiting.length === 0 && (await integrationTip(site)) === desired.orchestration.base_commit
  if (desired.orchestration.merge === 'none' || isAlone) return await red(site, [work], alone)
  return await merge(site, [...waiting, work])
}

/** Still at work: nothing of it is reported yet, or what is reported waits for the proof of its brief. */
function isOpen(desired: Desired, agent: AgentRow): boolean {
  if (agent.state === 'done') return false
  return (
    agent.briefed_at === null || desired.branches.find((row) => row.agent === agent.name)?.state === 'open'
  )
}

/** Merges one after another as objects, checks the result, and moves the branch in one step that expects its old tip. */
async function merge(site: Site, works: readonly Work[]): Promise<string> {
  const { runtime, desired, repository } = site
  const { orchestration } = desired
  const tip = await integrationTip(site)
  if (tip === undefined || orchestration.integration_branch === null) {
    throw new Error(`the branch ${orchestration.integration_branch} is gone`)
  }
  let candidate = tip
  const merged: { work: Work; from: string; files: readonly string[] }[] = []
  for (const work of works) {
    const outcome = await repository.merge({
      into: candidate,
      from: work.commit,
      message: `Merge ${work.agent.name} into ${orchestration.id}\n\n${work.branch.name}`,
    })
    if (outcome.status === 'conflicted')
      return await conflicted(site, work, { into: candidate, tip, files: outcome.files })
    merged.push({ work, from: candidate, files: outcome.status === 'merged' ? outcome.files : [] })
    candidate = outcome.commit
  }
  const verdict = await check(site, candidate)
  if (verdict && verdict.exitCode !== 0) return await redTogether(site, works, tip, verdict)
  const wish = await runtime.ledger.query('desired', { id: orchestration.id })
  if (wish?.orchestration.desired !== 'run') return 'the orchestration is to stop'
  const moved = await repository.updateBranch(orchestration.integration_branch, candidate, { expected: tip })
  if (moved === 'moved') throw new Error(`${orchestration.integration_branch} was moved by somebody else`)
  await runtime.ledger.command('orchestration.integration', { id: orchestration.id, commit: candidate })
  if (verdict) await recordVerdict(site, verdict)
  for (const { work, from, files } of merged) {
    await runtime.ledger.command('merge.record', {
      ...key(work),
      fromCommit: work.commit,
      intoCommit: from,
      resultCommit: candidate,
      state: 'merged',
      files,
      deadlineAt: null,
    })
    await accept(site, work, candidate)
  }
  return `merged ${merged.map(({ work }) => work.agent.name).join(', ')} at ${candidate.slice(0, 12)}`
}

/** The candidate is red: if somebody who implements is still at work it may yet become green. */
async function redTogether(
  site: Site,
  works: readonly Work[],
  tip: string,
  verdict: Verdict,
): Promise<string> {
  const names = new Set(works.map((work) => work.agent.name))
  const others = site.desired.agents.filter((agent) => agent.implements === 1 && !names.has(agent.name))
  const missing = others.filter((agent) => isOpen(site.desired, agent))
  for (const work of works) {
    await site.runtime.ledger.command('merge.record', {
      ...key(work),
      fromCommit: work.commit,
      intoCommit: tip,
      resultCommit: null,
      state: 'red',
      files: [],
      deadlineAt: null,
    })
    await setBranch(site, work, 'reported', `red after the merge (exit ${verdict.exitCode})`)
  }
  if (missing.length > 0) return `red together; waits for ${missing.map((agent) => agent.name).join(', ')}`
  const waiting = others.flatMap((agent) => findWork(site.desired, agent.name) ?? [])
  return waiting.length > 0 ? await merge(site, [...waiting, ...works]) : await red(site, works, verdict)
}

async function red(site: Site, works: readonly Work[], verdict: Verdict): Promise<string> {
  await recordVerdict(site, verdict)
  const names = works.map((work) => work.agent.name).join(', ')
  const last = verdict.tail.split('\n').slice(-3).join(' | ')
  const cause = `the verify command fails (exit ${verdict.exitCode}) on the work of ${names} at ${verdict.commit.slice(0, 12)}${last === '' ? '' : `: ${last}`}`
  for (const work of works) {
    await setBranch(site, work, 'reported', cause)
    await site.runtime.ledger.command('agent.state', { ...key(work), state: 'needs-human', cause })
  }
  await site.runtime.ledger.command('orchestration.state', {
    id: site.desired.orchestration.id,
    state: 'needs-human',
    cause,
  })
  return cause
}

interface Conflict {
  readonly into: string
  /** Where the integration branch stands; `into` differs when work that is not merged yet is in the way. */
  readonly tip: string
  readonly files: readonly string[]
}

/** A conflict is a record with files, commits, owner and deadline; its owner is told, nobody resolves it for them. */
async function conflicted(site: Site, work: Work, { into, tip, files }: Conflict): Promise<string> {
  const { runtime, desired } = site
  const { id, integration_branch: branch } = desired.orchestration
  const cause = `conflicts with ${into === tip ? branch : 'work of others that waits with it'} in ${files.join(', ')}`
  const before = await runtime.ledger.query('status', { id })
  const isAgain = before.conflicts.some(
    (known) => known.agent === work.agent.name && known.fromCommit === work.commit,
  )
  const deadlineAt = runtime.now() + conflictDeadlineMs
  await runtime.ledger.command('merge.record', {
    ...key(work),
    fromCommit: work.commit,
    intoCommit: into,
    resultCommit: null,
    state: 'conflicted',
    files,
    deadlineAt,
  })
  await setBranch(site, work, 'conflicted', cause)
  if (into !== tip || isAgain) {
    const said = `the branch of ${work.agent.name} ${cause}`
    await runtime.ledger.command('orchestration.state', { id, state: 'needs-human', cause: said })
    return cause
  }
  await runtime.ledger.command('message.create', {
    id,
    targets: [work.agent.name],
    sender: 'tmo',
    text: `Your branch ${cause}. Merge ${branch} into your branch (git merge ${branch}), keep what both sides added, commit, and report done again.`,
    policy: 'retry',
    ttlMs: hourMs,
  })
  runtime.wake({ deliveries: true, jobs: true })
  return cause
}

/** The time to resolve a conflict is over: when it still stands, a human is asked. */
export async function expireConflict(runtime: Runtime, id: string, name: string): Promise<string> {
  const desired = await runtime.ledger.query('desired', { id })
  const branch = desired?.branches.find((candidate) => candidate.agent === name)
  if (branch?.state !== 'conflicted') return 'it is resolved'
  const cause = `the conflict of ${name} was not resolved in time: ${branch.cause ?? ''}`
  await runtime.ledger.command('orchestration.state', { id, state: 'needs-human', cause })
  return cause
}

async function accept(site: Site, work: Work, mergedCommit: string | null): Promise<string> {
  const hasCommits = work.commit !== site.desired.orchestration.base_commit
  const note = hasCommits ? `work at ${work.commit.slice(0, 12)}` : 'nothing to merge'
  await site.runtime.ledger.command('agent.integrated', {
    ...key(work),
    reported: work.commit,
    commit: hasCommits ? work.commit : null,
    mergedCommit: mergedCommit ?? (await integrationTip(site)) ?? null,
    note,
  })
  site.runtime.wake({ id: work.agent.orchestration_id, deliveries: true })
  return note
}

async function recordVerdict(site: Site, verdict: Verdict): Promise<void> {
  await site.runtime.ledger.command('orchestration.verified', {
    id: site.desired.orchestration.id,
    commit: verdict.commit,
    exitCode: verdict.exitCode,
    tail: verdict.tail,
  })
}

async function setBranch(
  site: Site,
  work: Work,
  state: 'reported' | 'verified' | 'queued' | 'conflicted',
  cause: string | null,
): Promise<void> {
  await site.runtime.ledger.command('branch.state', { ...key(work), state, cause })
}

function key(work: Work): { id: string; name: string } {
  return { id: work.agent.orchestration_id, name: work.agent.name }
}

/** All agents are done: the verify command has to have passed at the very commit that is handed over. */
export async function finish(runtime: Runtime, id: string): Promise<string> {
  const desired = await runtime.ledger.query('desired', { id })
  if (desired?.orchestration.state !== 'integrating') return 'it is not integrating'
  const { orchestration, project } = desired
  const open = desired.tasks.filter((task) => task.state === 'open' || task.state === 'taken')
  if (open.length > 0) {
    const cause = `everybody is done, but ${open.map((task) => `${task.id} (${task.owner ?? 'nobody'})`).join(', ')} is not`
    await runtime.ledger.command('orchestration.state', { id, state: 'needs-human', cause })
    return cause
  }
  const repository = await runtime.repository(project.path)
  const site = { runtime, desired, repository }
  const tip = await integrationTip(site)
  if (tip !== undefined && orchestration.verify_command !== null) {
    const isKnown = orchestration.verify_commit === tip && orchestration.verify_exit_code === 0
    const verdict = isKnown ? undefined : await check(site, tip)
    if (verdict) await recordVerdict(site, verdict)
    if (verdict && verdict.exitCode !== 0) {
      const cause = `the verify command fails (exit ${verdict.exitCode}) at the integration commit ${tip.slice(0, 12)}`
      await runtime.ledger.command('orchestration.state', { id, state: 'needs-human', cause })
      return cause
    }
  }
  await runtime.ledger.command('orchestration.state', { id, state: 'completed', cause: null })
  return 'completed'
}
