import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { simProgram } from '@tmux-orchestrator/agent-sim'
import type { AgentAdapter, Detection, Problem } from '@tmux-orchestrator/agents'
import type { Context } from '@tmux-orchestrator/cli'
import { resolveHome } from '@tmux-orchestrator/daemon'
import type { ProjectConfig } from '@tmux-orchestrator/orchestrator'
import type { Finding } from './finding.ts'

/** An agent program as its adapter sees it. */
export interface ProgramReport {
  readonly program: string
  readonly status: Detection['status']
  readonly path: string | null
  readonly version: string | null
  /** What would make it ask a human when it starts. */
  readonly problems: readonly Problem[]
  /** Why it would be started and watched, but not typed into; `null` for a version that was tested. */
  readonly watchedOnly: string | null
}

/** Every agent program that has an adapter of its own, in one line each; none is needed for tmo itself. */
export async function checkPrograms(
  context: Context,
  project: string | undefined,
  settings: ProjectConfig | undefined,
): Promise<readonly Finding[]> {
  const { listPrograms } = await import('@tmux-orchestrator/agents')
  return await Promise.all(listPrograms().map((program) => checkProgram(context, program, project, settings)))
}

async function checkProgram(
  context: Context,
  program: string,
  project: string | undefined,
  settings: ProjectConfig | undefined,
): Promise<Finding> {
  const { adapterFor } = await import('@tmux-orchestrator/agents')
  const rules = join(resolveHome(context.env), 'screen-rules', `${program}.json`)
  const adapter = adapterFor(program, {
    env: context.env,
    ...(program === 'sim' && { simProgram: simProgram() }),
    ...(existsSync(rules) && { screenRules: rules }),
  })
  const asked = project === undefined ? {} : { project }
  const found = withChoices(
    await adapter.detect({ signal: context.signal, ...asked }),
    settings?.agent === program ? await problemOfChoices(adapter, settings) : undefined,
  )
  return {
    what: `agent ${program}`,
    isNeeded: false,
    ...wordingOf(found, rules),
    agent: reportOf(program, found),
  }
}

/** What the settings choose for the program that they name, and it would refuse. */
async function problemOfChoices(
  adapter: AgentAdapter,
  { permissionMode, agentOptions }: ProjectConfig,
): Promise<Problem | undefined> {
  const { isAgentsError } = await import('@tmux-orchestrator/agents')
  const { launchChoices } = await import('@tmux-orchestrator/orchestrator/plan')
  try {
    adapter.checkChoices?.(
      launchChoices({ ...agentOptions, ...(permissionMode !== undefined && { permissionMode }) }),
    )
    return undefined
  } catch (error) {
    if (!isAgentsError(error)) throw error
    return { what: error.message, remedy: `${error.hint ?? ''} See tmo config show.`.trim() }
  }
}

function withChoices(found: Detection, problem: Problem | undefined): Detection {
  if (problem === undefined || found.status === 'missing') return found
  const { path, version } = found
  const problems = [...(found.status === 'not-ready' ? found.problems : []), problem]
  return { status: 'not-ready', path, ...(version !== undefined && { version }), problems }
}

function reportOf(program: string, found: Detection): ProgramReport {
  return {
    program,
    status: found.status,
    path: found.status === 'missing' ? null : found.path,
    version: found.status === 'missing' ? null : (found.version ?? null),
    problems: found.status === 'not-ready' ? found.problems : [],
    watchedOnly: found.status === 'ready' ? (found.watchedOnly ?? null) : null,
  }
}

function wordingOf(found: Detection, rules: string): Pick<Finding, 'ok' | 'found' | 'remedy'> {
  if (found.status === 'missing') return { ok: false, found: 'not installed', remedy: found.hint }
  const which = `${found.version ?? 'unknown version'} (${found.path})`
  if (found.status === 'not-ready') {
    const [first, ...rest] = found.problems
    const more = rest.length === 0 ? '' : ` (and ${rest.length} more, below)`
    return { ok: false, found: `${which} is not ready: ${first?.what}${more}`, remedy: first?.remedy ?? null }
  }
  if (found.watchedOnly === undefined) return { ok: true, found: which, remedy: null }
  const remedy = `install a tested version, or widen the range in ${rules}`
  return { ok: false, found: `${which} is watched only: ${found.watchedOnly}`, remedy }
}
