import { createHash } from 'node:crypto'
import type { ProjectConfig } from './config.ts'
import { OrchestratorError } from './errors.ts'
import type { PermissionPolicy } from './permission-policy.ts'
import type { RunPlan } from './protocol.ts'

/** A command that a project's own settings name, which would run on this machine. */
export interface ProjectCommand {
  readonly key: 'agent' | 'verify' | 'setup' | 'teardown'
  readonly command: string
}

/** What a project's own settings would allow its agents or run, and nobody has agreed to. */
export interface IgnoredGrants {
  /** The settings file. */
  readonly file: string
  /** What agents could do without asking, for people, one line each. */
  readonly what: readonly string[]
  readonly commands: readonly ProjectCommand[]
  /** Of a plan: the commands that its run needs, since no choice takes their place. */
  readonly needed?: readonly ProjectCommand['key'][]
  /** What an agreement is remembered by: other grants need another one. */
  readonly hash: string
}

/** The part of settings that runs commands, or lets agents do more without asking; deny rules are none of it. */
interface Grants {
  readonly allow: Readonly<Record<string, readonly string[]>>
  readonly permissionMode?: string
  readonly agentOptions?: Readonly<Record<string, string>>
  readonly commands?: readonly ProjectCommand[]
}

/** What a file grants; undefined when it grants nothing. An agent of one of these `programs` is no command of the file's. */
export function findGrants(
  config: ProjectConfig,
  file: string,
  programs: readonly string[],
): IgnoredGrants | undefined {
  const commands = commandsOf(config, programs)
  const grants = { ...grantsOf(config), ...(commands.length === 0 ? {} : { commands }) }
  const what = [
    ...Object.entries(grants.allow).flatMap(([role, patterns]) =>
      patterns.map((pattern) => `permissions: ${role} may ${pattern}`),
    ),
    ...(grants.permissionMode === undefined ? [] : [`permissionMode: ${grants.permissionMode}`]),
    ...Object.entries(grants.agentOptions ?? {}).map(([name, value]) => `agentOptions: ${name}=${value}`),
  ]
  if (what.length === 0 && commands.length === 0) return undefined
  const hash = createHash('sha256').update(JSON.stringify(grants)).digest('hex')
  return { file, what, commands, hash }
}

function commandsOf({ agent, verify }: ProjectConfig, programs: readonly string[]): ProjectCommand[] {
  return [
    ...(agent === undefined || programs.includes(agent) ? [] : [{ key: 'agent', command: agent } as const]),
    ...(verify === undefined ? [] : [{ key: 'verify', command: verify } as const]),
  ]
}

/** In one order, so that the same grants have one hash. */
function grantsOf({ permissions = {}, permissionMode, agentOptions = {} }: ProjectConfig): Grants {
  const allow = Object.entries(permissions)
    .map(([role, rules]) => [role, (rules.allow ?? []).toSorted()] as const)
    .filter(([, patterns]) => patterns.length > 0)
  const options = Object.entries(agentOptions)
  return {
    allow: sorted(allow),
    ...(permissionMode === undefined ? {} : { permissionMode }),
    ...(options.length === 0 ? {} : { agentOptions: sorted(options) }),
  }
}

function sorted<V>(entries: readonly (readonly [string, V])[]): Record<string, V> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** The same settings without these commands, in which deny rules alone are left of what concerns permissions. */
export function withoutGrants(config: ProjectConfig, commands: IgnoredGrants['commands']): ProjectConfig {
  const { permissions, permissionMode: _, agentOptions: __, ...others } = config
  const rest = { ...others }
  for (const { key } of commands) delete rest[key]
  if (!permissions) return rest
  const denied: PermissionPolicy = Object.fromEntries(
    Object.entries(permissions).map(([role, { deny = [] }]) => [role, { deny }]),
  )
  return { ...rest, permissions: denied }
}

/** What a refused run is told by. */
export type Unagreed = Pick<RunPlan, 'ignored' | 'unagreedHooks' | 'project'>

/**
 * A run without a command or a hook that its project names would be another one: unverified, of another program, or in
 * worktrees that do not build.
 *
 * @throws OrchestratorError NOT_AGREED when one is needed that nobody has agreed to
 */
export function refuseUnagreed({ ignored, unagreedHooks, project }: Unagreed): void {
  const commands = ignored?.commands.filter(({ key }) => ignored.needed?.includes(key)) ?? []
  const hooks = unagreedHooks?.commands ?? []
  if (commands.length === 0 && hooks.length === 0) return
  const named = [
    ...(commands.length === 0 ? [] : [`the commands of ${ignored?.file}: ${listOf(commands)}`]),
    ...(hooks.length === 0 ? [] : [`the hooks of ${project.path}: ${listOf(hooks)}`]),
  ]
  throw new OrchestratorError('NOT_AGREED', `nobody has agreed to ${named.join(', nor to ')}`, {
    hint: hintOf(commands, hooks),
    details: { project, ...(ignored && { ignored }), ...(unagreedHooks && { unagreedHooks }) },
  })
}

function listOf(commands: readonly ProjectCommand[]): string {
  return commands.map(({ key, command }) => `${key}: ${JSON.stringify(command)}`).join('; ')
}

/** The least that agrees to what is named. */
function hintOf(commands: readonly ProjectCommand[], hooks: readonly ProjectCommand[]): string {
  if (commands.length === 0)
    return 'look at them: tmo run --trust-hooks agrees until their content changes; --trust to all that the settings run'
  if (hooks.length > 0) return 'look at them: tmo run --trust agrees to all of it until it changes'
  const flags = commands.map(({ key }) => `--${key} COMMAND`).join(' and ')
  return `look at them: tmo run --trust agrees until they change; ${flags} of your own needs no consent`
}
