import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { PaneId, SessionId, Tmux } from '@tmux-orchestrator/tmux-driver'
import type { Pass } from './act.ts'
import { composeBrief } from './brief.ts'
import { launchChoices } from './launch-choices.ts'
import { mendWorktree } from './prepare-worktree.ts'
import { processStart } from './process-identity.ts'
import { portEnvironment } from './run-team-hook.ts'
import type { Runtime } from './runtime.ts'
import type { AgentRow } from './tables.ts'

/** Opens the agent's window and starts its program there: with its brief, or with its own conversation. */
export async function launch(
  runtime: Runtime,
  pass: Pass,
  agent: AgentRow,
  mode: 'new' | 'resume',
): Promise<void> {
  const { orchestration } = pass.desired
  const conversation = pass.desired.conversations.find((row) => row.id === agent.conversation_id)
  if (!conversation) throw new TypeError(`${agent.name} has no conversation`)
  const stateDir = runtime.folder(orchestration.id, agent.name)
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  const specPath = join(runtime.folder(orchestration.id), 'spec.md')
  const brief =
    mode === 'new'
      ? composeBrief({
          desired: pass.desired,
          agent,
          conversation,
          specText: await readFile(specPath, 'utf8'),
          specPath,
          isEchoAsked: runtime.adapter(orchestration.program).proof === 'none',
        })
      : undefined
  if (brief !== undefined) await writeFile(briefPath(runtime, agent), brief, { mode: 0o600 })
  const env = agentEnvironment(runtime, agent)
  const plan = await runtime.adapter(orchestration.program).prepare({
    orchestration: orchestration.id,
    name: agent.name,
    role: agent.role,
    cwd: agent.worktree,
    conversationId: agent.conversation_id,
    mode,
    ...(brief === undefined ? {} : { brief }),
    ...launchChoices(JSON.parse(orchestration.program_options)),
    stateDir,
    tmoBin: runtime.binDir,
    env,
  })
  await runtime.adapter(orchestration.program).keepPermissions?.({ stateDir })
  await mendWorktree(runtime, pass, agent)
  await runtime.ledger.command('agent.launching', {
    id: orchestration.id,
    name: agent.name,
    conversationId: agent.conversation_id,
    briefing: plan.briefed,
    ...(brief === undefined ? {} : { briefChars: brief.length }),
  })
  const tmux = await runtime.tmux()
  const pane = await openWindow(tmux, pass, agent, { command: plan.argv, env: plan.env })
  const [row] = (await tmux.list({ fields: ['pane', 'pid'] })).filter((candidate) => candidate.pane === pane)
  if (row) {
    const pidStart = processStart(row.pid)
    await runtime.ledger.command('agent.pane', {
      id: orchestration.id,
      name: agent.name,
      pid: row.pid,
      pidStart,
    })
  }
}

export function briefPath(runtime: Runtime, agent: AgentRow): string {
  return join(runtime.folder(agent.orchestration_id, agent.name), 'brief.md')
}

function agentEnvironment(runtime: Runtime, agent: AgentRow): Record<string, string> {
  return {
    TMO_HOME: runtime.home,
    TMO_AGENT: `${agent.orchestration_id}/${agent.name}`,
    TMO_TOKEN: agent.token,
    TMO_ROLE: agent.role,
    ...portEnvironment(agent),
    PATH: [runtime.binDir, runtime.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'].join(delimiter),
  }
}

interface Program {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const opening = new WeakMap<Pass, Promise<SessionId>>()

/** The first window of a pass makes the session; the others wait for it and join. */
async function openWindow(tmux: Tmux, pass: Pass, agent: AgentRow, program: Program): Promise<PaneId> {
  const { orchestration } = pass.desired
  const window = {
    cwd: agent.worktree,
    env: program.env,
    command: program.command,
    remainOnExit: true,
  }
  const mark = { '@tmo_orchestration': orchestration.id, '@tmo_agent': agent.name } as const
  const standing = opening.get(pass)
  if (standing) {
    const session = await standing
    return (await tmux.newWindow({ ...window, session, name: agent.name, paneOptions: mark })).pane
  }
  let pane: PaneId | undefined
  const promise = (async (): Promise<SessionId> => {
    const known = await tmux.hasSession(orchestration.session_name)
    if (known) return known
    const made = await tmux.newSession({
      ...window,
      name: orchestration.session_name,
      windowName: agent.name,
      options: { '@tmo_orchestration': orchestration.id },
      paneOptions: mark,
    })
    pane = made.pane
    return made.session
  })()
  promise.catch(() => opening.delete(pass))
  opening.set(pass, promise)
  const session = await promise
  return pane ?? (await tmux.newWindow({ ...window, session, name: agent.name, paneOptions: mark })).pane
}
