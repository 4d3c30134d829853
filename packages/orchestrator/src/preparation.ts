import { createHash } from 'node:crypto'
import type { Repository } from '@tmux-orchestrator/worktree'
import { configDefaults, type ProjectConfig } from './config.ts'
import { hasConsent } from './consents.ts'
import { OrchestratorError } from './errors.ts'
import type { ProjectCommand } from './project-grants.ts'

/** A program of the repository, as the base commit has it. */
export interface HookPlan {
  /** Path from the root of the repository. */
  readonly file: string
  /** SHA-256 of its content, which is what a person agrees to. */
  readonly hash: string
}

/** What every worktree of a run gets before an agent starts in it. */
export interface Preparation {
  /** Patterns as in `.gitignore`, beside those of `.worktreeinclude`. */
  readonly copy: readonly string[]
  /** Ports of each agent; 0 for none. */
  readonly ports: number
  readonly hookTimeoutMs: number
  readonly setup: HookPlan | null
  readonly teardown: HookPlan | null
}

/** The hooks of a run that nobody has agreed to. */
export interface UnagreedHooks {
  readonly commands: readonly ProjectCommand[]
  /** What an agreement is remembered by: another content of either hook needs another one. */
  readonly hash: string
}

/** What holds for a run that was stored before runs had a preparation. */
export const noPreparation: Preparation = {
  copy: [],
  ports: Number(configDefaults.ports),
  hookTimeoutMs: Number(configDefaults.hookTimeoutSeconds) * 1000,
  setup: null,
  teardown: null,
}

/**
 * Reads the hooks where the work begins.
 *
 * @throws OrchestratorError BAD_CONFIG when the commit has no such file
 */
export async function planPreparation(
  repository: Repository,
  commit: string,
  config: ProjectConfig,
): Promise<Preparation> {
  const find = async (key: 'setup' | 'teardown'): Promise<HookPlan | null> => {
    const file = config[key]
    if (file === undefined) return null
    const content = await repository.readFile(commit, file)
    if (content !== undefined) return { file, hash: hashOf(content) }
    throw new OrchestratorError(
      'BAD_CONFIG',
      `${key}: ${JSON.stringify(file)} is no file of commit ${commit.slice(0, 12)}`,
      { hint: 'commit it, or say another base' },
    )
  }
  const [setup, teardown] = await Promise.all([find('setup'), find('teardown')])
  return {
    copy: config.copy ?? noPreparation.copy,
    ports: config.ports ?? noPreparation.ports,
    hookTimeoutMs:
      config.hookTimeoutSeconds === undefined
        ? noPreparation.hookTimeoutMs
        : config.hookTimeoutSeconds * 1000,
    setup,
    teardown,
  }
}

/** The hooks that run only once a person has agreed to their contents; undefined when one has, or there are none. */
export async function findUnagreedHooks(
  home: string,
  project: string,
  { setup, teardown }: Preparation,
): Promise<UnagreedHooks | undefined> {
  const commands = [toCommand('setup', setup), toCommand('teardown', teardown)].flat()
  if (commands.length === 0) return undefined
  const hash = hashOf(JSON.stringify([setup?.hash ?? null, teardown?.hash ?? null]))
  return (await hasConsent(home, hooksOf(project), hash)) ? undefined : { commands, hash }
}

/** Hooks are agreed to apart from what else a project's settings grant. */
export function hooksOf(project: string): string {
  return `hooks of ${project}`
}

function toCommand(key: 'setup' | 'teardown', hook: HookPlan | null): ProjectCommand[] {
  return hook === null ? [] : [{ key, command: `${hook.file} (sha256 ${hook.hash})` }]
}

export function hashOf(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex')
}
