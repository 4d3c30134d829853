import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasConsent } from './consents.ts'
import { OrchestratorError } from './errors.ts'
import { joinPolicies, type PermissionPolicy } from './permission-policy.ts'
import { findGrants, type IgnoredGrants, withoutGrants } from './project-grants.ts'
import { errorCode } from './runtime.ts'

/** Everything that `.tmo/config.yaml` may say; absent keys have the default of the command. */
export interface ProjectConfig {
  /** `sim`, `claude`, or a command line. */
  readonly agent?: string | undefined
  readonly model?: string | undefined
  readonly permissionMode?: string | undefined
  /** Options of the agent program's adapter. */
  readonly agentOptions?: Readonly<Record<string, string>> | undefined
  readonly roles?: readonly string[] | undefined
  readonly teamType?:
    | 'auto'
    | 'code_project'
    | 'system_deployment'
    | 'data_pipeline'
    | 'infrastructure_as_code'
    | undefined
  readonly size?: 'auto' | 'small' | 'medium' | 'large' | undefined
  readonly plan?: 'pro' | 'max5' | 'max20' | 'console' | undefined
  readonly base?: string | undefined
  /** Shell command that has to exit 0 in a clean tree at the commit. */
  readonly verify?: string | undefined
  /** @defaultValue 900 */
  readonly verifyTimeoutSeconds?: number | undefined
  /** @defaultValue 'integration' */
  readonly merge?: 'none' | 'integration' | undefined
  /** @defaultValue 'tmo' */
  readonly branchPrefix?: string | undefined
  /** How long a program may take to show that its brief arrived. @defaultValue 60 */
  readonly briefTimeoutSeconds?: number | undefined
  /** @defaultValue the role's */
  readonly checkInMinutes?: number | undefined
  /** The program of the repository (a file with `#!`) that makes a new worktree ready, as the base commit has it. */
  readonly setup?: string | undefined
  /** The one that undoes it, before a worktree is removed. */
  readonly teardown?: string | undefined
  /** @defaultValue 300 */
  readonly hookTimeoutSeconds?: number | undefined
  /** Patterns as in `.gitignore` of ignored files that each worktree gets, beside those of `.worktreeinclude`. */
  readonly copy?: readonly string[] | undefined
  /** How many ports each agent has to itself; 0 for none. @defaultValue 10 */
  readonly ports?: number | undefined
  /** By role, or `*` for all: what agents may do without asking and what never. @defaultValue a human is asked */
  readonly permissions?: PermissionPolicy | undefined
}

/** Every key, in the order of `tmo config show`, and what holds where nobody said anything; `null` where that depends. */
export const configDefaults: Readonly<Record<keyof ProjectConfig, string | number | null>> = {
  agent: null,
  model: null,
  permissionMode: null,
  agentOptions: null,
  roles: null,
  teamType: 'auto',
  size: 'auto',
  plan: 'max5',
  base: null,
  verify: null,
  verifyTimeoutSeconds: 900,
  merge: 'integration',
  branchPrefix: 'tmo',
  briefTimeoutSeconds: 60,
  checkInMinutes: null,
  setup: null,
  teardown: null,
  hookTimeoutSeconds: 300,
  copy: null,
  ports: 10,
  permissions: null,
}

/** Every key that a settings file may have. */
export const configKeys: readonly string[] = Object.keys(configDefaults)

/** Settings with where each comes from, and what holds only after consent. */
export interface LoadedConfig {
  readonly values: ProjectConfig
  /** The file of each key, for `tmo config show`. */
  readonly origins: Readonly<Partial<Record<keyof ProjectConfig, string>>>
  /** What the project's file grants its agents or would run, and no person has agreed to; it is in none of the values. */
  readonly ignored?: IgnoredGrants
}

/**
 * Reads the settings of a project: its own `.tmo/config.yaml` over the user's file. The commands that the project's file
 * names, and what it lets agents do without asking, hold only once a person has agreed to them, which `home` (`TMO_HOME`)
 * remembers: a repository that was cloned cannot let itself be served.
 *
 * @throws OrchestratorError BAD_CONFIG with file, line and what is allowed
 */
export async function loadConfig(
  project: string,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): Promise<LoadedConfig> {
  const folder = env['XDG_CONFIG_HOME'] ?? (env['HOME'] ? join(env['HOME'], '.config') : undefined)
  const ownFile = join(project, '.tmo', 'config.yaml')
  const files = [...(folder === undefined ? [] : [join(folder, 'tmux-orchestrator', 'config.yaml')]), ownFile]
  let ignored: IgnoredGrants | undefined
  const values: Record<string, unknown> = {}
  let permissions: PermissionPolicy | undefined
  const origins: Record<string, string> = {}
  for (const file of files) {
    let read = await readConfigFile(file)
    if (file === ownFile) {
      const grants = findGrants(read, file, read.agent === undefined ? [] : await programNames())
      if (grants && !(await hasConsent(home, project, grants.hash))) {
        ignored = grants
        read = withoutGrants(read, grants.commands)
      }
    }
    // A project takes nothing back that its user denies.
    if (read.permissions !== undefined) permissions = joinPolicies(permissions, read.permissions)
    for (const [key, value] of Object.entries(read)) {
      if (value === undefined) continue
      values[key] = value
      origins[key] = file
    }
  }
  return {
    values: { ...(values as ProjectConfig), ...(permissions && { permissions }) },
    origins,
    ...(ignored && { ignored }),
  }
}

/** Only who names an agent pays for the list. */
async function programNames(): Promise<readonly string[]> {
  const { listPrograms } = await import('@tmux-orchestrator/agents')
  return listPrograms()
}

async function readConfigFile(file: string): Promise<ProjectConfig> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return {}
    throw new OrchestratorError('BAD_CONFIG', `${file} cannot be read (${code})`, { cause: error })
  }
  // Only who has settings pays for reading them.
  const { parseConfig } = await import('./parse-config.ts')
  return parseConfig(text, file)
}
