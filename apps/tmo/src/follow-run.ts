import { CliError, type Context, type Step } from '@tmux-orchestrator/cli'
import { type DaemonClient, isDaemonError, isRemoteError } from '@tmux-orchestrator/daemon'
import type {
  EventView,
  OrchestrationState,
  OrchestrationView,
  RunPlan,
} from '@tmux-orchestrator/orchestrator'
import { commandName, openDaemon } from './daemon.ts'
import { sentenceOf } from './wording-of-event.ts'

export interface Finished {
  readonly view: OrchestrationView
  readonly exitCode: 0 | 1 | 3 | 124
}

export interface FollowRunOptions {
  readonly wait: boolean
  readonly timeoutMs: number | undefined
}

const atEnd: ReadonlySet<OrchestrationState> = new Set(['completed', 'failed', 'stopped', 'needs-human'])
const idTries = 5
const rollBackMs = 30_000
const lookAgainMs = 5_000
const togetherMs = 50

/** Ids of this command that have not started yet: what a Ctrl-C takes back. */
const unstarted = new Set<string>()

/** Starts one orchestration and follows it: to its start, or with `wait` to its end. */
export async function followRun(
  context: Context,
  plan: () => Promise<RunPlan>,
  options: FollowRunOptions,
): Promise<Finished> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), options.timeoutMs ?? 2 ** 31 - 1)
  try {
    return await follow(context, plan, options, deadline.signal)
  } finally {
    clearTimeout(timer)
  }
}

async function follow(
  context: Context,
  plan: () => Promise<RunPlan>,
  options: FollowRunOptions,
  deadline: AbortSignal,
): Promise<Finished> {
  const planning = context.progress.step('plan the team')
  const id = await start(context, plan, planning)
  context.onForcedExit(() => [
    `${id} goes on; to end and remove it: ${commandName(context)} stop ${id} && ${commandName(context)} clean ${id} --yes`,
  ])
  const steps = new StepList(context, id)
  let view = await look(context, id, false)
  for (;;) {
    steps.show(view)
    if (view.startedAt !== null || atEnd.has(view.state)) unstarted.delete(id)
    const isOver = options.wait
      ? atEnd.has(view.state)
      : atEnd.has(view.state) || (view.state !== 'planned' && view.state !== 'starting')
    if (isOver || deadline.aborted) break
    await nextEvent(context, id, deadline, (event) => steps.note(event))
    view = await look(context, id, false)
  }
  view = await look(context, id, true)
  steps.end(view)
  return { view, exitCode: exitCodeOf(view, deadline.aborted, options.wait) }
}

async function start(context: Context, plan: () => Promise<RunPlan>, step: Step): Promise<string> {
  try {
    for (let attempt = 1; ; attempt += 1) {
      const chosen = await plan()
      unstarted.add(chosen.id)
      if (await isTaken(context, chosen)) unstarted.delete(chosen.id)
      else {
        step.done(`${chosen.id}: ${chosen.agents.map((agent) => agent.name).join(', ')}`)
        return chosen.id
      }
      if (attempt === idTries) throw new CliError('ID_TAKEN', `the ids of ${idTries} tries were all taken`)
    }
  } catch (error) {
    step.fail()
    throw error
  }
}

/** Hands the plan over once, also when the daemon is lost in the middle: its id tells whether it arrived. */
async function isTaken(context: Context, plan: RunPlan): Promise<boolean> {
  let isUncertain = false
  return await patiently(context, async (daemon) => {
    try {
      await daemon.call('run.start', { plan }, { signal: context.signal })
      return false
    } catch (error) {
      if (isRemoteError(error, 'ID_TAKEN')) return !isUncertain
      if (isPassing(error)) isUncertain = true
      throw error
    }
  })
}

/** The daemon may have been ended meanwhile; it is started again, and finds everything in its database. */
async function look(context: Context, id: string, commits: boolean): Promise<OrchestrationView> {
  return await patiently(
    context,
    async (daemon) => await daemon.call('orchestration.status', { id, commits }, { signal: context.signal }),
  )
}

async function patiently<T>(context: Context, ask: (daemon: DaemonClient) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await askOnce(context, ask)
    } catch (error) {
      if (attempt >= triesOf(error)) throw error
      await new Promise((resolve) => setTimeout(resolve, 100 * attempt))
    }
  }
}

/** On its own: what lowers `await using` for older Nodes keeps an error of an earlier turn when it stands in a loop. */
async function askOnce<T>(context: Context, ask: (daemon: DaemonClient) => Promise<T>): Promise<T> {
  await using daemon = await openDaemon(context)
  return await ask(daemon)
}

/** A daemon that was ended while it started is tried again; one that cannot start says so soon. */
function triesOf(error: unknown): number {
  if (isDaemonError(error, 'START_FAILED')) return 3
  return isPassing(error) ? 10 : 1
}

function isPassing(error: unknown): boolean {
  return (
    isDaemonError(error, 'CONNECTION_LOST') ||
    isDaemonError(error, 'NOT_RUNNING') ||
    isDaemonError(error, 'START_FAILED') ||
    isRemoteError(error, 'CANCELLED')
  )
}

/**
 * Waits until something happened in the team, and a moment for what happens with it; looks again after a while even
 * when nothing was heard.
 */
async function nextEvent(
  context: Context,
  id: string,
  deadline: AbortSignal,
  note: (event: EventView) => void,
): Promise<void> {
  // not AbortSignal.any(): Node 20 may collect what it is made of, and then it never fires
  const over = new AbortController()
  const { signal } = over
  const end = (): void => over.abort()
  const sources = [context.signal, deadline]
  for (const source of sources) source.addEventListener('abort', end)
  if (sources.some((source) => source.aborted)) end()
  let timer = setTimeout(end, lookAgainMs)
  let isFirst = true
  try {
    await using daemon = await openDaemon(context, signal)
    const after = cursors.get(id) ?? 0
    for await (const event of daemon.follow('events.follow', { after, stream: id }, { signal })) {
      cursors.set(id, event.seq)
      note(event)
      if (!isFirst) continue
      isFirst = false
      clearTimeout(timer)
      timer = setTimeout(end, togetherMs)
    }
  } catch (error) {
    context.signal.throwIfAborted()
    if (!signal.aborted && !isPassing(error)) throw error
  } finally {
    clearTimeout(timer)
    for (const source of sources) source.removeEventListener('abort', end)
  }
}

const cursors = new Map<string, number>()

/** One line of progress per agent's start, then one for the work. */
class StepList {
  readonly #context: Context
  readonly #id: string
  readonly #agents: Map<string, Step> = new Map()
  readonly #ended: Set<string> = new Set()
  #work: Step | undefined

  constructor(context: Context, id: string) {
    this.#context = context
    this.#id = id
  }

  show(view: OrchestrationView): void {
    for (const agent of view.agents) {
      if (this.#ended.has(agent.name)) continue
      const step = this.#agents.get(agent.name) ?? this.#context.progress.step(`brief ${agent.name}`)
      this.#agents.set(agent.name, step)
      if (agent.briefedAt !== null) step.done()
      else if (atEnd.has(view.state)) step.fail(agent.cause ?? view.cause ?? view.state)
      else continue
      this.#ended.add(agent.name)
    }
    if (view.startedAt === null) return
    this.#work ??= this.#context.progress.step(`work on ${view.title}`)
    const done = view.tasks.filter((task) => task.state === 'done').length
    const agents = view.agents.filter((agent) => agent.state === 'done').length
    this.#work.update(`${done}/${view.tasks.length} tasks, ${agents}/${view.agents.length} agents done`)
  }

  note(event: EventView): void {
    const data = event.data as {
      to?: string
      kind?: string
      note?: string
      exitCode?: number
      commit?: string
      file?: string
    } | null
    const lines: Record<string, string | undefined> = {
      'report:added': `${event.subject}: ${data?.kind} ${data?.note ?? ''}`,
      'integration:moved': `integration is at ${data?.commit?.slice(0, 12)}`,
      'verify:finished': `verified ${data?.commit?.slice(0, 12)}: exit ${data?.exitCode}`,
      'merge:conflicted': `${event.subject}'s branch conflicts`,
      'conversation:lost': `${event.subject} continues in a new conversation`,
      'worktree:setting-up': `${event.subject}: the set-up ${data?.file} runs`,
      'worktree:repaired': `${event.subject}'s worktree was damaged and is repaired`,
      'agent:exited': `${event.subject} ended and is brought back`,
      'error:seen': `${event.subject} stands still: ${sentenceOf(event)}`,
      'error:over': `${event.subject} goes on`,
      'question:asked': `${event.subject} asks: ${sentenceOf(event)}`,
    }
    const line = lines[event.kind]
    if (line !== undefined) this.#context.progress.log(`  ${this.#id} ${line}`)
    const [tmo, target] = [commandName(this.#context), `${this.#id}/${event.subject}`]
    if (event.kind === 'report:added' && data?.kind === 'blocked')
      this.#context.progress.log(`    answer it: ${tmo} send ${target} "…" · ${tmo} attach ${target}`)
    if (event.kind === 'error:seen' || event.kind === 'question:asked')
      this.#context.progress.log(`    answer it: ${tmo} attach ${target}`)
  }

  end(view: OrchestrationView): void {
    if (view.state === 'completed') this.#work?.done()
    else if (atEnd.has(view.state)) this.#work?.fail(view.cause ?? view.state)
  }
}

function exitCodeOf(view: OrchestrationView, isLate: boolean, wait: boolean): 0 | 1 | 3 | 124 {
  if (view.state === 'needs-human') return 3
  if (view.state === 'failed' || view.state === 'stopped') return 1
  if (isLate && (wait ? view.state !== 'completed' : view.startedAt === null)) return 124
  return 0
}

/** Takes back what has not started, within a stated limit; what runs is left alone and named. */
export async function withdraw(context: Context): Promise<void> {
  if (!context.signal.aborted || unstarted.size === 0) return
  const signal = AbortSignal.timeout(rollBackMs)
  await using daemon = await openDaemon(context, signal)
  for (const id of unstarted) {
    const step = context.progress.step(`take back ${id}`)
    try {
      await daemon.call('orchestration.stop', { id }, { signal, timeoutMs: rollBackMs })
      await daemon.call('orchestration.remove', { id }, { signal, timeoutMs: rollBackMs })
    } catch (error) {
      if (!isRemoteError(error, 'NO_SUCH_ORCHESTRATION')) throw error
    }
    step.done()
  }
}

/** The document that `tmo run --json` ends with. */
export function finalJson(view: OrchestrationView): object {
  const { id, state, cause, project, base, baseCommit, integration, tasks, verify, startedAt, endedAt } = view
  return {
    id,
    state,
    cause,
    project,
    base,
    baseCommit,
    integration,
    agents: view.agents.map((agent) => ({
      name: agent.name,
      role: agent.role,
      state: agent.state,
      cause: agent.cause,
      branch: agent.branch,
      commits: agent.commits,
      worktree: agent.worktree,
      briefedAt: agent.briefedAt,
      doneAt: agent.doneAt,
    })),
    tasks: tasks.map(({ id: task, title, owner, state: taskState, evidence }) => ({
      id: task,
      title,
      owner,
      state: taskState,
      evidence,
    })),
    verify: verify && { command: verify.command, commit: verify.commit, exitCode: verify.exitCode },
    messages: view.messages,
    startedAt,
    endedAt,
  }
}
