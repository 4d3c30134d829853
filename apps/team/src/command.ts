import { resolve } from 'node:path'
import { type Command, type Context, defineCommand, UsageError } from '@tmux-orchestrator/cli'
import {
  type Assignment,
  assignTasks,
  composeTeam,
  isTeamError,
  type ProjectProfile,
  planLimits,
  plans,
  projectTypes,
  readSpec,
  type Spec,
  type SpecTask,
  scanProject,
  sizes,
  type Team,
  type TeamErrorCode,
} from '@tmux-orchestrator/team'
import { parseRoles } from './choices.ts'
import { renderTeam } from './render-team.ts'

/** A task of the spec with the agent that would own it. */
export interface OwnedTask extends Pick<SpecTask, 'id' | 'title' | 'files' | 'dependsOn'> {
  readonly owner: string
}

/** What `tmo-team --json` prints. */
export interface TeamAnswer extends Team {
  /** Empty without `--spec`. */
  readonly tasks: readonly OwnedTask[]
  /** What was seen of the project. */
  readonly profile: ProjectProfile
  /** What was left out of account: unreadable folders, a limit, what the spec says and cannot be followed. */
  readonly warnings: readonly string[]
}

/** Composes the team for a project and shows why; changes nothing and starts nothing. */
export const teamCommand: Command = defineCommand({
  name: 'team',
  summary: 'Show the team for a project, with the evidence for each role.',
  description:
    'Looks at the names in the project (contents are never read) and at the spec, and composes the team that ' +
    `tmo run would start. A plan bounds it: ${plans.map((plan) => `${plan} ${planLimits[plan]}`).join(', ')} agents.`,
  examples: [
    'tmo-team .',
    'tmo-team ~/shop --spec docs/spec.md --plan max20',
    'tmo-team . --roles developer,developer,tester --json',
  ],
  args: [{ name: 'dir', description: 'the project', required: true }],
  options: [
    { flag: '--spec <file>', description: 'a Markdown file that says what is to be done' },
    {
      flag: '--team-type <type>',
      description: 'what kind of project it is',
      choices: ['auto', ...projectTypes],
      default: 'auto',
    },
    {
      flag: '--size <size>',
      description: 'how much work it is',
      choices: ['auto', ...sizes],
      default: 'auto',
    },
    { flag: '--plan <plan>', description: 'how many agents may run', choices: plans, default: 'max5' },
    { flag: '--roles <list>', description: 'exactly these roles instead, as in developer,developer,tester' },
  ],
  async run({ args, options, context }): Promise<TeamAnswer> {
    const { signal } = context
    const roles = options.roles === undefined ? {} : { roles: parseRoles(options.roles) }
    const spec =
      options.spec === undefined ? undefined : await readSpec(resolve(context.cwd, options.spec), { signal })
    const profile = await scanProject(resolve(context.cwd, args.dir), { signal })
    const { teamType: projectType, size, plan } = options
    const choices = { projectType, size, plan, ...roles, ...(spec ? { spec } : {}) }
    const team = withUsageErrors(() => composeTeam({ profile, ...choices }))
    const tasks = spec ? ownTasks(spec, assignTasks(team, spec)) : []
    const warnings = [...profileWarnings(profile), ...(spec?.warnings ?? [])]
    if (!context.json) for (const warning of warnings) context.warn(warning)
    return { ...team, tasks, profile, warnings }
  },
  render: (answer: TeamAnswer, context: Context) => renderTeam(answer, context),
})

function ownTasks(spec: Spec, assignments: readonly Assignment[]): readonly OwnedTask[] {
  const owners = new Map(assignments.map(({ task, owner }) => [task, owner]))
  return spec.tasks.map(({ id, title, files, dependsOn }) => {
    return { id, title, owner: owners.get(id) ?? '', files, dependsOn }
  })
}

function profileWarnings({ unreadable, problems, isTruncated, files }: ProjectProfile): readonly string[] {
  const found: string[] = []
  if (isTruncated) found.push(`only the first ${files} files were looked at`)
  const [first] = problems
  if (first) {
    const noun = unreadable === 1 ? 'folder' : 'folders'
    found.push(
      `${unreadable} ${noun} could not be read, such as ${JSON.stringify(first.path)} (${first.code})`,
    )
  }
  return found
}

const usageCodes: readonly TeamErrorCode[] = ['UNKNOWN_ROLE', 'UNKNOWN_CHOICE', 'NO_ROLES', 'OVER_PLAN']

function withUsageErrors(compose: () => Team): Team {
  try {
    return compose()
  } catch (error) {
    if (!isTeamError(error) || !usageCodes.includes(error.code)) throw error
    throw new UsageError(error.message, { hint: error.hint, cause: error })
  }
}
