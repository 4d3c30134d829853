import { answerPermission, type PermissionAsk } from '@tmux-orchestrator/agents'
import { agentHandle } from '../agent-handle.ts'
import type { AgentKey } from '../command-map.ts'
import { OrchestratorError } from '../errors.ts'
import type { EngineRequests } from '../protocol.ts'
import type { RequestContext } from '../requests.ts'
import type { Runtime } from '../runtime.ts'
import { findAgent, findWindow } from './find-agent.ts'

type Answered = EngineRequests['permission.answer']['result']

/** A human's answer to what an agent asks: to that very request, and never to what came after it. */
export async function answerRequest(
  { runtime }: RequestContext,
  args: EngineRequests['permission.answer']['args'],
): Promise<Answered> {
  const { desired, agent } = await findAgent(runtime, args.target)
  const { orchestration_id: id, name } = agent
  const key = `${id}/${name}`
  const adapter = runtime.adapter(desired.orchestration.program)
  const pane = await findWindow(runtime, agent)
  if (pane === 'unknown' || pane === undefined || pane.dead) {
    const why = pane === 'unknown' ? 'tmux does not tell whether it has a window' : 'it has no window now'
    throw new OrchestratorError('WRONG_STATE', `${key} cannot be answered: ${why}`, {
      hint: `tmo status ${id} tells its state`,
    })
  }
  if (!adapter.permissions) {
    throw new OrchestratorError('WRONG_STATE', `${adapter.program} can be answered in its own window only`, {
      hint: `tmo attach ${key}`,
    })
  }
  const handle = agentHandle(runtime, agent, pane)
  const tmux = await runtime.tmux()
  const screen = async (): Promise<string> => (await tmux.capture(pane.pane, { attributes: true })).text
  const asks = await adapter.permissions(handle, { dead: false, title: pane.title, screen })
  if (!asks) {
    throw new OrchestratorError('WRONG_STATE', `what ${key} asks cannot be read`, {
      hint: `tmo attach ${key}`,
    })
  }
  const own = asks.filter((one) => !one.isQuestion)
  await refuseQuestion(runtime, { id, name }, own, args.request)
  const ask = choose(key, own, args.request)
  await runtime.ledger.command('permission.seen', { id, name, asks: own })
  const { decision, reason } = args
  const outcome = await answerPermission({
    tmux,
    adapter,
    handle,
    id: ask.id,
    answer: { decision, ...(reason === undefined ? {} : { reason }) },
  })
  if (outcome.status === 'gone') {
    throw new OrchestratorError('WRONG_STATE', `${key} no longer waits for ${said(ask)}`, {
      hint: 'it was answered meanwhile, in its window or by the policy',
    })
  }
  if (outcome.status === 'refused') {
    throw new OrchestratorError('WRONG_STATE', `${key} was not answered: ${outcome.detail}`, {
      hint: `tmo attach ${key}`,
    })
  }
  const given = { agent: key, request: ask.id, tool: ask.tool, subject: ask.subject, decision }
  if (outcome.status === 'unknown') {
    const waitedMs = Math.max(0, runtime.now() - ask.askedAt)
    return { ...given, outcome: 'unknown', detail: outcome.detail, waitedMs }
  }
  const state = decision === 'allow' ? 'allowed' : 'denied'
  const settled = { id, name, request: ask.id, state, by: 'you', rule: null } as const
  const { waitedMs } = await runtime.ledger.command('permission.settle', settled)
  return { ...given, outcome: 'answered', detail: null, waitedMs }
}

/** A question is no request: to allow it would answer nothing. */
async function refuseQuestion(
  runtime: Runtime,
  { id, name }: AgentKey,
  asks: readonly PermissionAsk[],
  request: string | undefined,
): Promise<void> {
  const { questions } = await runtime.ledger.query('status', { id })
  const meant = questions.find(
    (one) => one.agent === name && (request === undefined ? asks.length === 0 : one.request === request),
  )
  if (!meant) return
  const said = meant.question.slice(0, 200)
  throw new OrchestratorError(
    'WRONG_STATE',
    `${id}/${name} asks a question, which no yes or no answers: ${said}`,
    {
      hint: `answer it in its window: tmo attach ${id}/${name}`,
    },
  )
}

/** The only one that waits, or the one that is named. */
function choose(key: string, asks: readonly PermissionAsk[], request: string | undefined): PermissionAsk {
  const found = request === undefined ? asks : asks.filter((ask) => ask.id === request)
  const [only] = found
  if (only && found.length === 1) return only
  const list = asks.map((ask) => `--request ${ask.id} (${said(ask)})`).join(', ')
  if (found.length > 1) {
    throw new OrchestratorError('AMBIGUOUS', `${key} waits for ${found.length} permissions`, {
      hint: `say which: ${list}`,
    })
  }
  if (asks.length > 0) {
    throw new OrchestratorError('WRONG_STATE', `${key} does not wait for the request ${request}`, {
      hint: `say which: ${list}`,
    })
  }
  throw new OrchestratorError('WRONG_STATE', `${key} waits for no permission`, {
    hint: `tmo explain ${key} tells what it does`,
  })
}

function said({ tool, subject }: PermissionAsk): string {
  return `${tool}: ${subject.slice(0, 200)}`
}
