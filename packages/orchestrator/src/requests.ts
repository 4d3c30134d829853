import { OrchestratorError } from './errors.ts'
import { hashToken } from './identity.ts'
import type { EngineRequest, EngineRequests, Identity, RequestName } from './protocol.ts'
import { cleanUp } from './requests/clean-up.ts'
import { explain } from './requests/explain.ts'
import { readScreen, showPane } from './requests/panes.ts'
import { answerRequest } from './requests/permission.ts'
import { report } from './requests/report.ts'
import { planHere, startRun, waitStarted } from './requests/run.ts'
import { sendMessage } from './requests/send.ts'
import { showStatus } from './requests/status.ts'
import { stop } from './requests/stop.ts'
import { clearLimit, listLimits, showCost } from './requests/usage.ts'
import { acceptWork, mergeWork, showDiff } from './requests/work.ts'
import type { Runtime } from './runtime.ts'
import { toIso } from './views.ts'

/** Who asks: a person at this machine, or one agent whose secret was checked. */
export type Caller =
  | { readonly kind: 'person' }
  | { readonly kind: 'agent'; readonly id: string; readonly name: string; readonly role: string }

export interface RequestContext {
  readonly runtime: Runtime
  readonly caller: Caller
  readonly signal: AbortSignal
  /** Makes a write of an agent's verb take effect once. */
  readonly onceKey?: string | undefined
}

type Handlers = {
  readonly [N in RequestName]: (
    context: RequestContext,
    args: EngineRequests[N]['args'],
  ) => Promise<EngineRequests[N]['result']>
}

/** What agents may ask for; everything else is for people. */
const agentRequests: ReadonlySet<string> = new Set([
  'message.send',
  'inbox.read',
  'task.list',
  'task.add',
  'task.assign',
  'task.set',
  'agent.list',
  'report.add',
  'schedule.add',
  'schedule.list',
  'schedule.cancel',
  'orchestration.status',
])

const handlers: Handlers = {
  'run.plan': planHere,
  'run.start': startRun,
  'run.started': waitStarted,
  'orchestration.list': ({ runtime }, args) => runtime.ledger.query('list', { all: args.all ?? false }),
  'orchestration.status': showStatus,
  'orchestration.stop': stop,
  'orchestration.resume': resume,
  'orchestration.remove': cleanUp,
  'message.send': sendMessage,
  'inbox.read': readInbox,
  'task.list': async (context, args) =>
    context.runtime.ledger.query('tasks', { id: await teamOf(context, args.id) }),
  'task.add': async (context, args) =>
    await write(context, 'task.add', {
      id: await teamOf(context, args.id),
      title: args.title,
      body: args.body ?? '',
      owner: args.owner ?? null,
      files: [],
      by: callerName(context.caller),
    }),
  'task.assign': async (context, args) =>
    await write(context, 'task.assign', {
      id: await teamOf(context, args.id),
      task: args.task,
      owner: args.owner,
      by: callerName(context.caller),
    }),
  'task.set': async (context, args) =>
    await write(context, 'task.set', {
      id: await teamOf(context, args.id),
      task: args.task,
      state: args.state,
      evidence: args.evidence ?? null,
      by: callerName(context.caller),
    }),
  'agent.list': listAgents,
  'report.add': report,
  'schedule.add': addSchedule,
  'schedule.list': listSchedules,
  'schedule.cancel': async (context, args) => {
    const { caller } = context
    if (caller.kind === 'agent' && !args.name.startsWith(`note:${caller.id}/`)) {
      throw new OrchestratorError('NOT_ALLOWED', `${args.name} does not belong to ${caller.id}`)
    }
    return await write(context, 'schedule.cancel', { name: args.name })
  },
  'event.list': ({ runtime }, args) =>
    runtime.ledger.query('events', {
      after: args.after ?? 0,
      limit: Math.min(args.limit ?? 200, 1000),
      ...(args.stream === undefined ? {} : { stream: args.stream }),
    }),
  jobs: ({ runtime }, args) => runtime.ledger.query('jobs', args),
  'agent.pane': showPane,
  'agent.explain': explain,
  'permission.answer': answerRequest,
  'usage.cost': showCost,
  'limit.list': listLimits,
  'limit.clear': clearLimit,
  'agent.screen': readScreen,
  'work.diff': showDiff,
  'work.accept': acceptWork,
  'work.merge': mergeWork,
}

/**
 * Answers one request of a person's command or an agent's verb.
 *
 * @throws OrchestratorError UNKNOWN_REQUEST, BAD_TOKEN, NOT_ALLOWED, and what the request itself throws
 */
export async function handleRequest(
  runtime: Runtime,
  request: EngineRequest,
  options: { readonly signal?: AbortSignal | undefined; readonly onceKey?: string | undefined } = {},
): Promise<unknown> {
  const handler = Object.hasOwn(handlers, request.name) ? handlers[request.name as RequestName] : undefined
  if (!handler) {
    throw new OrchestratorError(
      'UNKNOWN_REQUEST',
      `there is no request named ${JSON.stringify(request.name)}`,
      {
        hint: 'the daemon may be older or newer than this command: tmo restart, then try again',
      },
    )
  }
  const caller = await identify(runtime, request.as)
  if (caller.kind === 'agent' && !agentRequests.has(request.name)) {
    throw new OrchestratorError('NOT_ALLOWED', `agents may not ask for ${request.name}`, {
      hint: 'it is for people; tmo report blocked "what you need" tells them',
    })
  }
  const signal = options.signal ?? runtime.signal
  const context: RequestContext = { runtime, caller, signal, onceKey: options.onceKey }
  return await (handler as (context: RequestContext, args: unknown) => Promise<unknown>)(
    context,
    request.args ?? {},
  )
}

async function identify(runtime: Runtime, as: Identity | undefined): Promise<Caller> {
  if (!as) return { kind: 'person' }
  const found = await runtime.ledger.query('identify', { agent: as.agent, tokenHash: hashToken(as.token) })
  if (found) return { kind: 'agent', ...found }
  throw new OrchestratorError('BAD_TOKEN', `the secret of ${as.agent} does not fit`, {
    hint: 'TMO_AGENT and TMO_TOKEN are set in the agent’s own pane only',
  })
}

export function callerName(caller: Caller): string {
  return caller.kind === 'agent' ? caller.name : 'you'
}

/** An agent speaks of its own team only; a person says which. */
export async function teamOf(context: RequestContext, id: string | undefined): Promise<string> {
  const { caller, runtime } = context
  if (caller.kind === 'agent') {
    if (id === undefined || id === caller.id) return caller.id
    throw new OrchestratorError('NOT_ALLOWED', `${caller.name} belongs to ${caller.id}, not to ${id}`)
  }
  if (id === undefined)
    throw new OrchestratorError('BAD_ARGUMENT', 'say which orchestration', { hint: 'tmo list' })
  return (await runtime.ledger.query('resolve', { target: id })).id
}

/** A write, once when it comes from a verb that may be replayed. */
export async function write<N extends Writes>(
  context: RequestContext,
  name: N,
  args: import('./command-map.ts').CommandMap[N]['args'],
): Promise<import('./command-map.ts').CommandMap[N]['result']> {
  const { ledger } = context.runtime
  if (context.onceKey === undefined) return await ledger.command(name, args)
  const { replayed, result } = await ledger.command('once', { key: context.onceKey, command: name, args })
  if (replayed) throw new Replayed()
  return result as import('./command-map.ts').CommandMap[N]['result']
}

type Writes =
  | 'task.add'
  | 'task.assign'
  | 'task.set'
  | 'schedule.add'
  | 'schedule.cancel'
  | 'report.add'
  | 'message.create'

/** A verb that took effect before; its caller is told so, and nothing changes. */
export class Replayed extends Error {
  override readonly name = 'Replayed'
}

/** A team that is being stopped is brought back once it has stopped. */
async function resume(
  context: RequestContext,
  args: { id: string },
): Promise<EngineRequests['orchestration.resume']['result']> {
  const { runtime } = context
  const { id } = await runtime.ledger.query('resolve', { target: args.id })
  const before = await runtime.ledger.query('desired', { id })
  if (before?.orchestration.desired === 'stop' && before.orchestration.state !== 'stopped') {
    await stop(context, { id })
  }
  const desired = await runtime.ledger.query('desired', { id })
  const state = desired?.orchestration.state
  if (state === 'completed' || state === 'failed') {
    throw new OrchestratorError('WRONG_STATE', `${id} is ${state}; there is nothing to resume`, {
      hint: state === 'failed' ? 'its start was undone: run it again' : `tmo accept ${id}`,
    })
  }
  if (desired?.orchestration.desired === 'remove') {
    throw new OrchestratorError('WRONG_STATE', `${id} is being removed`, { hint: 'tmo clean removes it' })
  }
  if (desired?.orchestration.desired === 'stop' && state !== 'stopped') {
    throw new OrchestratorError('WRONG_STATE', `${id} is still being stopped`, {
      hint: `try again: tmo resume ${id}`,
    })
  }
  if (state === 'stopped' || state === 'needs-human') {
    await runtime.ledger.command('orchestration.desire', { id, desired: 'run', cause: 'resumed by you' })
  }
  runtime.wake({ id, jobs: true })
  const now = await runtime.ledger.query('desired', { id })
  return { id, state: now?.orchestration.state ?? 'starting' }
}

async function readInbox(
  context: RequestContext,
  args: { limit?: number },
): Promise<EngineRequests['inbox.read']['result']> {
  const { caller, runtime } = context
  if (caller.kind !== 'agent') {
    throw new OrchestratorError('NOT_ALLOWED', 'an inbox belongs to an agent', {
      hint: 'tmo status ID shows the messages of a team',
    })
  }
  return await runtime.ledger.command('inbox.read', {
    id: caller.id,
    name: caller.name,
    limit: args.limit ?? 50,
  })
}

async function listAgents(
  context: RequestContext,
  args: { id?: string },
): Promise<EngineRequests['agent.list']['result']> {
  const id = await teamOf(context, args.id)
  const desired = await context.runtime.ledger.query('desired', { id })
  return {
    orchestration: id,
    agents: (desired?.agents ?? []).map((agent) => ({
      name: agent.name,
      role: agent.role,
      state: agent.state,
      branch: agent.branch,
      implements: agent.implements === 1,
    })),
  }
}

async function addSchedule(
  context: RequestContext,
  args: EngineRequests['schedule.add']['args'],
): Promise<EngineRequests['schedule.add']['result']> {
  const { caller, runtime } = context
  const isOwn = caller.kind === 'agent' && !args.target.includes('/')
  const target = isOwn ? `${caller.id}/${args.target}` : args.target
  const { id, name } = await runtime.ledger.query('resolve', { target })
  await teamOf(context, id)
  if (name === null) {
    throw new OrchestratorError('BAD_ARGUMENT', `${JSON.stringify(args.target)} names no agent`, {
      hint: 'ID/NAME',
    })
  }
  const made = await write(context, 'schedule.add', {
    id,
    target: name,
    when: args.when,
    note: args.note,
    tz: args.tz ?? null,
  })
  runtime.wake({ jobs: true })
  return { name: made.name, nextAt: toIso(made.nextAt) }
}

async function listSchedules(
  context: RequestContext,
  args: { target?: string },
): Promise<EngineRequests['schedule.list']['result']> {
  const { caller, runtime } = context
  const id =
    caller.kind === 'agent'
      ? caller.id
      : args.target === undefined
        ? null
        : (await runtime.ledger.query('resolve', { target: args.target })).id
  const { schedules } = await runtime.ledger.query('schedules', { id })
  return { schedules: schedules.map((schedule) => ({ ...schedule, nextAt: toIso(schedule.nextAt) })) }
}
