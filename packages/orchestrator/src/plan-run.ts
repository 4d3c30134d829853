import { randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import {
  assignTasks,
  composeTeam,
  type Plan,
  type ProjectType,
  type RoleName,
  readSpec,
  roles,
  type Size,
  type Spec,
  scanProject,
  type Team,
} from '@tmux-orchestrator/team'
import { openRepository, type Repository } from '@tmux-orchestrator/worktree'
import { configDefaults, loadConfig, type ProjectConfig } from './config.ts'
import { OrchestratorError } from './errors.ts'
import { findUnagreedHooks, planPreparation } from './preparation.ts'
import { type IgnoredGrants, refuseUnagreed, type Unagreed } from './project-grants.ts'
import type { PlannedAgent, RunPlan } from './protocol.ts'
import { errorCode } from './runtime.ts'

/** Which project and spec, which choices go before the settings, and which home. */
export interface PlanRunOptions {
  readonly project: string
  readonly spec: string
  readonly home: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Choices of the command line; they win over settings files. */
  readonly choices?: RunChoices
  readonly signal?: AbortSignal
  /** Opens the project's repository, where that is open already. @defaultValue `openRepository` of worktree */
  readonly open?: (directory: string) => Promise<Repository>
}

/** What a person may choose for one run; everything absent comes from settings files, then from defaults. */
export interface RunChoices {
  readonly agent?: string
  readonly model?: string
  readonly permissionMode?: string
  readonly roles?: readonly string[]
  readonly teamType?: string
  readonly size?: string
  readonly plan?: string
  readonly base?: string
  readonly verify?: string
  readonly merge?: string
}

/** A plan with the team that it comes from. */
export interface PlannedRun {
  readonly plan: RunPlan
  readonly team: Team
}

const idLetters = 'abcdefghijkmnpqrstuvwxyz'
const minuteMs = 60_000

/**
 * Decides everything about a run before anything is created: who, on what, from where, under which names.
 *
 * @throws OrchestratorError BAD_CONFIG, BAD_ARGUMENT, NOT_A_REPOSITORY, NO_COMMIT, NO_SUCH_BRANCH,
 *   BRANCH_IN_THE_WAY, NOT_AGREED (the agent program is a command of the project's); TeamError for an unknown role or a spec that cannot be read
 */
export async function planRun(options: PlanRunOptions): Promise<PlannedRun> {
  const cancel = options.signal ? { signal: options.signal } : {}
  const repository = await openProject(options.project, options.open ?? openRepository)
  const spec = await readSpec(options.spec, cancel)
  const text = await readFile(options.spec, 'utf8')
  const choices = options.choices ?? {}
  const { values: config, ignored: grants } = await loadConfig(repository.root, options.env, options.home)
  const ignored = needed(grants, choices)
  const [profile, base] = await Promise.all([
    scanProject(repository.root, cancel),
    findBase(repository, choices.base ?? config.base),
  ])
  const project = { path: repository.root, name: basename(repository.root) }
  const preparation = await planPreparation(repository, base.commit, config)
  const unagreedHooks = await findUnagreedHooks(options.home, repository.root, preparation)
  // Whoever is asked is asked for all of it.
  if (ignored?.needed?.includes('agent'))
    refuseUnagreed({ ignored, project, ...optional('unagreedHooks', unagreedHooks) })
  const program = choices.agent ?? config.agent
  if (program === undefined || program.trim() === '') {
    throw new OrchestratorError('BAD_ARGUMENT', 'no agent program is chosen', {
      hint: 'say --agent sim|claude|<command>, or agent: in .tmo/config.yaml',
      details: { missing: 'agent' },
    })
  }
  const team = composeTeam({
    profile,
    spec,
    ...optional('projectType', (choices.teamType ?? config.teamType) as 'auto' | ProjectType | undefined),
    ...optional('size', (choices.size ?? config.size) as 'auto' | Size | undefined),
    ...optional('plan', (choices.plan ?? config.plan) as Plan | undefined),
    ...optional('roles', (choices.roles ?? config.roles) as readonly RoleName[] | undefined),
  })
  const id = `${spec.slug}-${letters(4)}`
  const merge = (choices.merge ?? config.merge ?? configDefaults.merge) as 'none' | 'integration'
  const prefix = config.branchPrefix ?? String(configDefaults.branchPrefix)
  const agents = plannedAgents(team, spec, {
    config,
    prefix,
    id,
    folder: join(options.home, 'worktrees', folderName(project.name), id),
  })
  const integrationBranch = merge === 'none' ? null : `${prefix}/${id}/integration`
  await refuseTakenBranches(repository, `${prefix}/${id}`)
  const verify = choices.verify ?? config.verify
  const owners = new Map(assignTasks(team, spec).map((assignment) => [assignment.task, assignment.owner]))
  const plan: RunPlan = {
    id,
    project,
    base,
    spec: { path: resolve(options.spec), title: spec.title, text },
    branchPrefix: prefix,
    integrationBranch,
    program,
    programOptions: {
      ...config.agentOptions,
      ...optional('model', choices.model ?? config.model),
      ...optional('permissionMode', choices.permissionMode ?? config.permissionMode),
    },
    verify:
      verify === undefined
        ? null
        : {
            command: verify,
            timeoutMs: Number(config.verifyTimeoutSeconds ?? configDefaults.verifyTimeoutSeconds) * 1000,
          },
    merge,
    briefTimeoutMs: Number(config.briefTimeoutSeconds ?? configDefaults.briefTimeoutSeconds) * 1000,
    ...optional('permissions', config.permissions),
    ...optional('ignored', ignored),
    preparation,
    ...optional('unagreedHooks', unagreedHooks),
    agents,
    tasks: spec.tasks.map((task) => ({
      id: task.id,
      title: task.title,
      body: task.body,
      files: task.files,
      dependsOn: task.dependsOn,
      owner: owners.get(task.id) ?? null,
    })),
  }
  return { plan, team }
}

/**
 * Whose settings hold for a folder: the root of the repository that it lies in.
 *
 * @throws OrchestratorError NO_SUCH_PROJECT, NOT_A_REPOSITORY
 */
export async function findProjectRoot(folder: string): Promise<string> {
  return (await openProject(folder, openRepository)).root
}

/** What is known of a project before an agent program is chosen for it. */
export interface ProjectOutlook extends Pick<Unagreed, 'ignored' | 'unagreedHooks'> {
  /** The root of its repository. */
  readonly root: string
  readonly values: ProjectConfig
}

/**
 * Reads a project's settings, and what of them and of its hooks nobody has agreed to yet.
 *
 * @throws OrchestratorError BAD_CONFIG, NO_SUCH_PROJECT, NOT_A_REPOSITORY, NO_COMMIT, NO_SUCH_BRANCH
 */
export async function lookAtProject(
  options: Pick<PlanRunOptions, 'project' | 'home' | 'env'> & { readonly base?: string | undefined },
): Promise<ProjectOutlook> {
  const { project, home, env } = options
  const repository = await openProject(project, openRepository)
  const { root } = repository
  const { values, ignored } = await loadConfig(root, env, home)
  const { commit } = await findBase(repository, options.base ?? values.base)
  const unagreedHooks = await findUnagreedHooks(home, root, await planPreparation(repository, commit, values))
  return { root, values, ...optional('ignored', ignored), ...optional('unagreedHooks', unagreedHooks) }
}

/** A command that a choice takes the place of is not needed. */
function needed(grants: IgnoredGrants | undefined, choices: RunChoices): IgnoredGrants | undefined {
  if (!grants) return undefined
  const keys = grants.commands
    .map(({ key }) => key)
    .filter((key) => key === 'setup' || key === 'teardown' || choices[key] === undefined)
  return keys.length === 0 && grants.what.length === 0 ? undefined : { ...grants, needed: keys }
}

async function openProject(project: string, open: NonNullable<PlanRunOptions['open']>): Promise<Repository> {
  try {
    return await open(project)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'NO_SUCH_DIRECTORY') {
      throw new OrchestratorError('NO_SUCH_PROJECT', `there is no project ${JSON.stringify(project)}`, {
        hint: 'say --project DIR, a folder inside a git repository',
        cause: error,
      })
    }
    if (code !== 'NOT_A_REPOSITORY') throw error
    throw new OrchestratorError('NOT_A_REPOSITORY', `${project} is not inside a git repository`, {
      hint: `say --project DIR, or make it one: git init ${JSON.stringify(project)} && ${commitAll(project)}`,
      cause: error,
    })
  }
}

/** The command that a repository without a commit needs. */
function commitAll(folder: string): string {
  const git = `git -C ${JSON.stringify(folder)}`
  return `${git} add --all && ${git} commit --allow-empty -m "First commit"`
}

async function findBase(
  repository: Repository,
  wanted: string | undefined,
): Promise<{ branch: string; commit: string }> {
  const branch = wanted ?? (await repository.currentBranch())
  const commit = await repository.resolveCommit(branch === undefined ? 'HEAD' : `refs/heads/${branch}`)
  if (commit !== undefined) return { branch: branch ?? 'HEAD', commit }
  if ((await repository.resolveCommit('HEAD')) === undefined) {
    throw new OrchestratorError(
      'NO_COMMIT',
      `${repository.root} has no commit that agents could start from`,
      { hint: commitAll(repository.root) },
    )
  }
  const heads = await repository.listRefs('refs/heads/')
  const names = heads.map((ref) => ref.name.replace('refs/heads/', '')).slice(0, 10)
  throw new OrchestratorError(
    'NO_SUCH_BRANCH',
    `there is no branch ${JSON.stringify(branch)} to start from`,
    {
      hint: `branches: ${names.join(', ')}`,
    },
  )
}

/** Every branch of a run lies right below one name: what stands above it, at it, or below it is in the way. */
async function refuseTakenBranches(repository: Repository, folder: string): Promise<void> {
  const conflict = await repository.branchConflict(folder, `${folder}/integration`)
  if (conflict === undefined) return
  throw new OrchestratorError(
    'BRANCH_IN_THE_WAY',
    `your branch ${JSON.stringify(conflict)} stands in the way of ${folder}/…`,
    { hint: 'rename it, or set another branchPrefix in .tmo/config.yaml' },
  )
}

interface AgentPlace {
  readonly config: ProjectConfig
  readonly prefix: string
  readonly id: string
  readonly folder: string
}

function plannedAgents(team: Team, spec: Spec, place: AgentPlace): PlannedAgent[] {
  const owners = new Set(assignTasks(team, spec).map((assignment) => assignment.owner))
  return team.agents.map((agent) => ({
    name: agent.name,
    role: agent.role,
    implements: roles[agent.role].kind === 'implement' || owners.has(agent.name),
    worktree: join(place.folder, agent.name),
    branch: `${place.prefix}/${place.id}/${agent.name}`,
    checkInMs: (place.config.checkInMinutes ?? agent.checkInMinutes) * minuteMs,
    evidence: agent.evidence,
  }))
}

function letters(count: number): string {
  return Array.from({ length: count }, () => idLetters[randomInt(idLetters.length)]).join('')
}

/** Two projects of the same name share the folder; ids keep them apart. */
function folderName(name: string): string {
  const safe = name
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
  return safe === '' ? 'project' : safe.slice(0, 60)
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V })
}
