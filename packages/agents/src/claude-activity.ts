import { isProcessAlive } from '@tmux-orchestrator/tmux-driver'
import { type Decision, sessionDecision, startingDecision } from './activity.ts'
import type { Activity, AgentHandle, PaneLook, Signal } from './adapter.ts'
import { type HookEvent, readHooks } from './claude-hooks.ts'
import { readClaudeScreen } from './claude-screen.ts'
import { findTranscript, readApiError } from './claude-transcript.ts'
import { readSession, type SessionFile } from './session-file.ts'
import { titleState } from './title.ts'

/** After this long with a session file, a missing SessionStart means that hooks are off, not that it starts. */
const hooksLateMs = 5_000

/** What Claude Code does: its session file decides, its hooks tell a start and an error, the transcript which one. */
export async function claudeActivity(folder: string, handle: AgentHandle, look: PaneLook): Promise<Activity> {
  const at = Date.now()
  const others: Signal[] = []
  const title = look.title === undefined ? undefined : titleState(look.title)
  if (title) others.push({ source: 'title', state: title, at })
  const decision = await decide(folder, handle, look, others)
  return { ...decision, others }
}

async function decide(
  folder: string,
  handle: AgentHandle,
  look: PaneLook,
  others: Signal[],
): Promise<Decision> {
  const at = Date.now()
  if (look.dead) return { state: 'exited', source: 'process', at }
  const reading = await readSession(folder, handle)
  if (reading.status === 'unreadable')
    return { state: 'unknown', source: 'status-file', at, detail: 'its session file cannot be read' }
  if (reading.status === 'found') return decideBySession(folder, handle, reading.session, others)
  if (!isProcessAlive(handle.pid)) return { state: 'exited', source: 'process', at }
  return startingDecision(look, readClaudeScreen, at)
}

async function decideBySession(
  folder: string,
  handle: AgentHandle,
  session: SessionFile,
  others: Signal[],
): Promise<Decision> {
  const own = sessionDecision(session)
  if (own.state !== 'idle') return own
  const hooks = await readHooks(handle.stateDir)
  if (hooks?.length === 0 && Date.now() - session.updatedAt < hooksLateMs) {
    others.push(own)
    return { state: 'starting', source: 'hook', at: own.at, detail: 'its SessionStart hook has not fired' }
  }
  const failure = hooks ? failureOf(hooks) : undefined
  if (hooks && hooks.length > 0 && !failure) return own
  const transcript = await findTranscript(folder, { ...handle, conversationId: session.sessionId })
  const error = transcript.status === 'read' ? await readApiError(transcript.value) : undefined
  const kind = failure?.fields.get('error') ?? error?.kind
  if (kind === undefined) return own
  others.push(own)
  const base = { source: error ? 'transcript' : 'hook', at: failure?.at ?? own.at, detail: kind } as const
  return error?.resetAt === undefined
    ? { ...base, state: 'error' }
    : { ...base, state: 'limited', resetAt: error.resetAt }
}

/** The failure that the last turn ended with, if it did. */
function failureOf(hooks: readonly HookEvent[]): HookEvent | undefined {
  const turn = ['SessionStart', 'UserPromptSubmit', 'Stop', 'StopFailure']
  const last = hooks.findLast((event) => turn.includes(event.event))
  return last?.event === 'StopFailure' ? last : undefined
}
