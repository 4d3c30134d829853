import { mkdir, writeFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { type AgentAdapter, isAgentsError } from '@tmux-orchestrator/agents'
import { OrchestratorError } from '../errors.ts'
import { createSecret } from '../identity.ts'
import { launchChoices } from '../launch-choices.ts'
import { planRun } from '../plan-run.ts'
import { refuseUnagreed } from '../project-grants.ts'
import type { EngineRequests, RunPlan } from '../protocol.ts'
import type { RequestContext } from '../requests.ts'
import type { OrchestrationState } from '../tables.ts'

const starting: ReadonlySet<OrchestrationState> = new Set(['planned', 'starting'])

/** A command that plans by itself first loads what this process has loaded long ago. */
export async function planHere(
  { runtime, signal }: RequestContext,
  { project, spec, env = {}, choices = {} }: EngineRequests['run.plan']['args'],
): Promise<EngineRequests['run.plan']['result']> {
  for (const path of [project, spec]) {
    if (typeof path === 'string' && isAbsolute(path)) continue
    throw new OrchestratorError('BAD_ARGUMENT', `run.plan takes absolute paths, not ${JSON.stringify(path)}`)
  }
  const open = (directory: string): ReturnType<typeof runtime.repository> => runtime.repository(directory)
  const { plan } = await planRun({ project, spec, home: runtime.home, env, choices, signal, open })
  return { plan }
}

/** Stores the spec and the whole intent; the reconciler does the rest. */
export async function startRun(
  { runtime, signal }: RequestContext,
  { plan }: { plan: RunPlan },
): Promise<EngineRequests['run.start']['result']> {
  refuseUnagreed(plan)
  await refuseBeforeCreating(runtime.adapter(plan.program), plan, signal)
  if (await runtime.ledger.query('desired', { id: plan.id })) {
    throw new OrchestratorError('ID_TAKEN', `the id ${plan.id} is taken`)
  }
  // Without tmux nothing is begun; with it, the server is up when the first window is asked for.
  await runtime.tmux()
  signal.throwIfAborted()
  const folder = runtime.folder(plan.id)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(join(folder, 'spec.md'), plan.spec.text, { mode: 0o600 })
  const secrets = plan.agents.map((agent) => createSecret(agent.name))
  const made = await runtime.ledger.command('run.create', { plan, secrets })
  runtime.wake({ id: plan.id })
  return made
}

async function refuseBeforeCreating(
  adapter: ReturnType<RequestContext['runtime']['adapter']>,
  plan: RunPlan,
  signal: AbortSignal,
): Promise<void> {
  refuseChoices(adapter, plan)
  const found = await adapter.detect({ project: plan.project.path, signal })
  if (found.status === 'ready') return
  if (found.status === 'missing') {
    throw new OrchestratorError(
      'AGENT_PROGRAM_MISSING',
      `the agent program ${JSON.stringify(plan.program)} is not installed`,
      {
        hint: found.hint,
      },
    )
  }
  const problems = found.problems.map((problem) => `${problem.what}: ${problem.remedy}`)
  const isConsentAll = found.problems.every(({ consent }) => consent === 'trust')
  throw new OrchestratorError(
    'AGENT_PROGRAM_NOT_READY',
    `${plan.program} cannot start unattended: ${problems.join('; ')}`,
    {
      hint: 'tmo doctor shows each problem with its remedy',
      details: { problems: found.problems, ...(isConsentAll && { consent: 'trust' }) },
    },
  )
}

/** What the program would refuse at its start is refused before anything is made. */
function refuseChoices(adapter: AgentAdapter, { programOptions }: RunPlan): void {
  try {
    adapter.checkChoices?.(launchChoices(programOptions))
  } catch (error) {
    if (!isAgentsError(error)) throw error
    throw new OrchestratorError('BAD_ARGUMENT', error.message, {
      cause: error,
      ...(error.hint !== undefined && { hint: error.hint }),
    })
  }
}

/** Waits until the team is started, or until it is known why not. */
export async function waitStarted(
  { runtime, signal }: RequestContext,
  args: { id: string; timeoutMs: number },
): Promise<EngineRequests['run.started']['result']> {
  const until = runtime.now() + args.timeoutMs
  for (;;) {
    const changed = runtime.nextChange(args.id, Math.min(1000, Math.max(1, until - runtime.now())), signal)
    const desired = await runtime.ledger.query('desired', { id: args.id })
    const state = desired?.orchestration.state ?? 'failed'
    if (!starting.has(state) || runtime.now() >= until) return { state }
    await changed
  }
}
