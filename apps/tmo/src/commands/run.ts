import { resolve } from 'node:path'
import {
  type Command,
  type Context,
  defineCommand,
  type ExitWith,
  exit,
  UsageError,
} from '@tmux-orchestrator/cli'
import {
  callerOf,
  connectDaemon,
  ensureHome,
  isDaemonError,
  isRemoteError,
  readSettings,
  refuseAgent,
  resolveHome,
} from '@tmux-orchestrator/daemon'
import type { PlanRunOptions, RunChoices, RunPlan } from '@tmux-orchestrator/orchestrator/plan'
import { type ChosenAgent, chooseAgent } from '../choose-agent.ts'
import { type Also, askConsent, listOfHooks, type Trust, unplanned, wordsOfIgnored } from '../consent.ts'
import { commandName, openDaemon } from '../daemon.ts'
import { findSpec } from '../find-spec.ts'
import { type Finished, finalJson, followRun, withdraw } from '../follow-run.ts'
import { renderStatus } from './status.ts'

interface PlanAnswer {
  readonly dryRun: true
  readonly plans: readonly Omit<RunPlan, 'spec'>[]
}

interface ManyAnswer {
  readonly orchestrations: readonly object[]
}

type Answer = PlanAnswer | ManyAnswer | object

export const runCommand: Command = defineCommand({
  name: 'run',
  summary: 'Start a team on a project and a spec, and see it through.',
  description:
    'Returns when the team is started: every brief proven, or why not. With --wait it stays to the end. Ctrl-C while the team starts takes the start back; later it only stops waiting. Exit 1 when it failed or was stopped, 3 when it needs a human.',
  examples: [
    'tmo run --wait',
    'tmo run --project . --spec spec.md --agent claude --verify "npm test"',
    'tmo run --project . --spec a.md --spec b.md --agent sim --dry-run --json',
  ],
  options: [
    { flag: '--project <dir>', description: 'a folder inside a git repository', default: '.' },
    {
      flag: '--spec <file>',
      description: 'a Markdown file (default: spec.md of the project); several start several orchestrations',
      repeat: true,
    },
    { flag: '--agent <program>', description: 'sim, claude, codex, gemini, opencode, or a command line' },
    { flag: '--roles <list>', description: 'exactly these, comma-separated; a role may be repeated' },
    {
      flag: '--team-type <type>',
      description: 'what kind of project it is',
      choices: ['auto', 'code_project', 'system_deployment', 'data_pipeline', 'infrastructure_as_code'],
    },
    {
      flag: '--size <size>',
      description: 'how large the work is',
      choices: ['auto', 'small', 'medium', 'large'],
    },
    {
      flag: '--plan <plan>',
      description: 'how many agents your plan carries',
      choices: ['pro', 'max5', 'max20', 'console'],
    },
    { flag: '--model <name>', description: "the agent program's model" },
    { flag: '--permission-mode <mode>', description: "the agent program's permission mode" },
    {
      flag: '--trust',
      description:
        'record your consent that the agent program works in this repository, and to what its settings run and allow',
    },
    {
      flag: '--trust-hooks',
      description: 'record your consent to the set-up and tear-down hooks, until their content changes',
    },
    { flag: '--base <branch>', description: 'where the work begins; the checked-out branch by default' },
    { flag: '--verify <command>', description: 'has to exit 0 in a clean tree at the commit' },
    { flag: '--merge <how>', description: 'where verified work goes', choices: ['none', 'integration'] },
    {
      flag: '--max-concurrent <n>',
      description: 'with --wait: at most so many at a time',
      type: 'integer',
      min: 1,
      max: 1000,
    },
    { flag: '--wait', description: 'stay to the end' },
    {
      flag: '--timeout <s>',
      description: 'stop waiting after so many seconds; the team goes on',
      type: 'number',
      min: 0.1,
      max: 1_000_000,
    },
    { flag: '-n, --dry-run', description: 'only say what would happen' },
  ],
  async run({ options, context }): Promise<Answer | ExitWith<Answer>> {
    if (options.maxConcurrent !== undefined && !options.wait) {
      throw new UsageError('--max-concurrent needs --wait', {
        hint: 'add --wait, or leave it out to start all at once',
      })
    }
    refuseAgent(callerOf(context.env), 'run')
    const home = resolveHome(context.env)
    // Refused before anything is made.
    readSettings(home, context.env)
    ensureHome(home)
    const project = resolve(context.cwd, options.project)
    const specs = options.spec ?? [await findSpec(project)]
    const { agent, asked }: ChosenAgent =
      options.agent === undefined
        ? await chooseAgent(context, { folder: project, base: options.base })
        : { agent: options.agent }
    const choices = choicesOf({ ...options, agent })
    const plan = async (spec: string): Promise<RunPlan> =>
      await makePlan(context, { project, spec: resolve(context.cwd, spec), home, choices })
    const planAll = (): Promise<RunPlan[]> => Promise.all(specs.map(plan))
    if (options.dryRun) {
      const plans = await planAll()
      for (const { ignored, unagreedHooks, project: of } of plans.slice(0, 1)) {
        if (ignored) context.warn(wordsOfIgnored(ignored))
        if (unagreedHooks)
          context.warn(
            `${listOfHooks(unagreedHooks, of.path)}\na run is refused. tmo run --trust-hooks agrees`,
          )
      }
      return { dryRun: true, plans: plans.map(({ spec: _spec, ...rest }) => rest) }
    }
    const agreed = {
      all: options.trust,
      project: asked !== undefined,
      hooks: options.trustHooks,
      seen: asked ?? {},
    }
    const plans = await planAgreed(context, planAll, agreed)
    const follow = {
      wait: options.wait,
      timeoutMs: options.timeout === undefined ? undefined : options.timeout * 1000,
    }
    const start = (): Promise<Finished[]> =>
      startAll(context, specs, replan(plans, plan), { ...follow, limit: options.maxConcurrent })
    const [first] = plans
    if (options.trust && first !== undefined) await trust(context, first)
    const finished = await withConsent(context, first, start)
    const code = worst(finished)
    const documents = finished.map((one) => finalJson(one.view))
    const [only] = documents
    const answer = documents.length === 1 && only ? only : { orchestrations: documents }
    if (context.json) return code === 0 ? answer : exit(code, answer)
    for (const one of finished) context.print(`${summarize(one, commandName(context))}\n`)
    context.print(`${await whatRuns(context)}\n`)
    return exit(code)
  },
  render: (answer: Answer) => ('plans' in answer ? answer.plans.map(renderPlan).join('\n\n') : undefined),
})

/** Asks for what nobody has agreed to yet; a run without the commands that it needs is refused. */
async function planAgreed(
  context: Context,
  planAll: () => Promise<RunPlan[]>,
  trust: Trust & { readonly project: boolean },
): Promise<RunPlan[]> {
  const plans = await planAll().catch(async (error: unknown) => {
    const needed = unplanned(error)
    if (!needed || !(await askConsent(context, [needed], trust))) throw error
    return await planAll()
  })
  const [first] = plans
  const also = first && !trust.all ? await askedOfTrust(context, first) : undefined
  if (trust.project) await also?.agree()
  const open = trust.project ? undefined : also
  const agreed = (await askConsent(context, plans, trust, open)) ? await planAll() : plans
  const refused = agreed.find(({ ignored, unagreedHooks }) => unagreedHooks ?? ignored?.needed?.length)
  if (refused) (await loadPlanning()).refuseUnagreed(refused)
  return agreed
}

/** A daemon that does not answer so soon is not asked to plan. */
const askedMs = 5_000

/** A daemon that runs has everything at hand; without one nothing is started before the plan stands. */
async function makePlan(context: Context, options: Omit<PlanRunOptions, 'env' | 'signal'>): Promise<RunPlan> {
  const { env, signal } = context
  const { project, spec, choices = {} } = options
  const settings = { HOME: env['HOME'], XDG_CONFIG_HOME: env['XDG_CONFIG_HOME'] }
  try {
    await using daemon = await connectDaemon({ env, signal, timeoutMs: askedMs })
    return (await daemon.call('run.plan', { project, spec, choices, env: settings }, { signal })).plan
  } catch (error) {
    const isWithoutDaemon =
      isDaemonError(error, 'NOT_RUNNING') ||
      isDaemonError(error, 'CONNECTION_LOST') ||
      isDaemonError(error, 'TIMEOUT') ||
      isDaemonError(error, 'PROTOCOL_MISMATCH') ||
      isRemoteError(error, 'UNKNOWN_REQUEST') ||
      isRemoteError(error, 'CANCELLED')
    if (!isWithoutDaemon) throw error
  }
  const { planRun } = await loadPlanning()
  return (await planRun({ ...options, env, signal })).plan
}

/** Loaded where it is needed: other commands start without it. */
async function loadPlanning(): Promise<typeof import('@tmux-orchestrator/orchestrator/plan')> {
  return await import('@tmux-orchestrator/orchestrator/plan')
}

async function trust(context: Context, { program, project }: RunPlan): Promise<void> {
  const { adapterFor } = await import('@tmux-orchestrator/agents')
  await adapterFor(program, { env: context.env }).trust?.(project.path)
}

/** What the program itself would ask before it works there, to be answered with the question that is asked anyway. */
async function askedOfTrust(context: Context, plan: RunPlan): Promise<Also | undefined> {
  const { adapterFor, listPrograms } = await import('@tmux-orchestrator/agents')
  if (!context.isTty || plan.program === 'sim' || !listPrograms().some((name) => name === plan.program))
    return undefined
  const adapter = adapterFor(plan.program, { env: context.env })
  const found = await adapter.detect({ project: plan.project.path, signal: context.signal })
  const lacksOnlyTrust =
    found.status === 'not-ready' && found.problems.every(({ consent }) => consent === 'trust')
  return lacksOnlyTrust ? { words: questionOfTrust(plan), agree: () => trust(context, plan) } : undefined
}

function questionOfTrust({ program, project }: RunPlan): string {
  return `${program} would work in ${project.path}; it is noted in its settings that you trust it`
}

/** Asks once on a terminal where nothing but the user's trust is missing; nothing was created by then. */
async function withConsent<T>(
  context: Context,
  plan: RunPlan | undefined,
  start: () => Promise<T>,
): Promise<T> {
  try {
    return await start()
  } catch (error) {
    if (plan === undefined || !context.isTty || !lacksTrust(error)) throw error
    if ((await context.confirm(`${questionOfTrust(plan)}. Agree?`)) !== true) throw error
    await trust(context, plan)
    return await start()
  }
}

function lacksTrust(error: unknown): boolean {
  if (!isRemoteError(error, 'AGENT_PROGRAM_NOT_READY')) return false
  const { details } = error
  return (
    typeof details === 'object' && details !== null && 'consent' in details && details.consent === 'trust'
  )
}

type FollowAll = {
  readonly wait: boolean
  readonly timeoutMs: number | undefined
  readonly limit: number | undefined
}

/** Starts them in order, at most `limit` at a time; a first Ctrl-C takes back what has not started. */
async function startAll(
  context: Context,
  specs: readonly string[],
  plan: (spec: string, index: number) => Promise<RunPlan>,
  options: FollowAll,
): Promise<Finished[]> {
  const finished: Finished[] = []
  const queue = [...specs.entries()]
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, spec] = next
      finished[index] = await followRun(context, () => plan(spec, index), options)
    }
  }
  const lanes = Math.min(options.limit ?? specs.length, specs.length)
  const results = await Promise.allSettled(Array.from({ length: lanes }, work))
  const failure = results.find((result) => result.status === 'rejected')
  if (failure?.status === 'rejected') {
    await withdraw(context)
    throw failure.reason
  }
  return finished
}

/** Every spec is planned before anything starts; a plan is made again only when its id turns out to be taken. */
function replan(
  plans: readonly RunPlan[],
  plan: (spec: string) => Promise<RunPlan>,
): (spec: string, index: number) => Promise<RunPlan> {
  const used = new Set<number>()
  return async (spec, index) => {
    const made = plans[index]
    if (made === undefined || used.has(index)) return await plan(spec)
    used.add(index)
    return made
  }
}

interface ChoiceOptions {
  readonly agent: string | undefined
  readonly roles?: string
  readonly teamType?: string
  readonly size?: string
  readonly plan?: string
  readonly model?: string
  readonly permissionMode?: string
  readonly base?: string
  readonly verify?: string
  readonly merge?: string
}

function choicesOf(options: ChoiceOptions): RunChoices {
  const { roles, agent, teamType, size, plan, model, permissionMode, base, verify, merge } = options
  const given = { agent, teamType, size, plan, model, permissionMode, base, verify, merge }
  const present = Object.entries(given).filter(([, value]) => value !== undefined)
  return {
    ...(Object.fromEntries(present) as RunChoices),
    ...(roles === undefined
      ? {}
      : {
          roles: roles
            .split(',')
            .map((role) => role.trim())
            .filter((role) => role !== ''),
        }),
  }
}

function worst(finished: readonly Finished[]): 0 | 1 | 3 | 124 {
  const codes = finished.map((one) => one.exitCode)
  for (const code of [1, 3, 124] as const) if (codes.includes(code)) return code
  return 0
}

function renderPlan(plan: Omit<RunPlan, 'spec'>): string {
  const agents = plan.agents.map(
    (agent) => `  ${agent.name} on ${agent.branch}: ${agent.evidence.join('; ')}`,
  )
  const tasks = plan.tasks.map((task) => `  ${task.id} ${task.owner ?? 'nobody'}: ${task.title}`)
  return [
    `would start ${plan.id} with ${plan.agents.length} agents (${plan.program}) from ${plan.base.branch} at ${plan.base.commit.slice(0, 12)}`,
    ...agents,
    'tasks:',
    ...tasks,
    `verify: ${plan.verify?.command ?? 'no command; nothing checks the work'}`,
  ].join('\n')
}

/** How it ended, and commands that work as printed to look closer. */
function summarize({ view, exitCode }: Finished, tmo: string): string {
  const lines = [renderStatus(view, tmo)]
  const integration = view.integration
  if (view.state === 'completed' && integration) {
    lines.push(
      `merged and verified work is on ${integration.branch}`,
      `  look at it:   ${tmo} diff ${view.id}`,
      `  take it:      git -C ${quote(view.project)} merge ${integration.branch}`,
    )
  }
  if (view.state === 'running' || view.state === 'starting') {
    lines.push(`the team goes on; stop it: ${tmo} stop ${view.id}`)
  }
  if (exitCode === 124) lines.push('the timeout passed')
  return lines.join('\n')
}

/** Nothing is left running but what is named here, with the commands that end it. */
async function whatRuns(context: Context): Promise<string> {
  await using daemon = await openDaemon(context)
  const { pid, home, tmuxSocket } = await daemon.status()
  const { orchestrations } = await daemon.call('orchestration.list', {})
  const tmo = commandName(context)
  return [
    `still running: the daemon (pid ${pid}) of ${home}, and the tmux server ${tmuxSocket} with the windows of ${orchestrations.length === 1 ? 'this team' : `${orchestrations.length} teams`}`,
    `  end it all:   ${tmo} stop --all && ${tmo} clean --all --yes`,
  ].join('\n')
}

function quote(word: string): string {
  return /^[A-Za-z0-9_./=:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
