import { isProcessAlive } from '@tmux-orchestrator/tmux-driver'
import { type Activity, judge, type Signal } from './activity.ts'
import type { AgentHandle, PaneLook } from './adapter.ts'
import { briefPending, isBriefPending } from './brief-pending.ts'
import { hookSignal } from './claude-hooks.ts'
import { errorSignal, findTranscript, readApiError } from './claude-transcript.ts'
import { type HookEvent, readHooks } from './hooks.ts'
import { type ScreenReading, screenFinding } from './screen.ts'
import { readSession } from './session-file.ts'
import { sessionSignal, startingSignal } from './session-signal.ts'
import { titleSignal } from './title.ts'

/** After this long with a session file, a missing SessionStart means that hooks are off, not that it starts. */
const hooksLateMs = 5_000

/** How long the session file may lag behind the hook of a prompt. One that another hook refuses changes nothing in it. */
const fileLateMs = 10_000

export interface ClaudeSight {
  readonly folder: string
  readonly readScreen: (screen: string) => ScreenReading
}

/** What Claude Code does: its session file decides, its hooks tell a start and an error, the transcript which one. */
export async function claudeActivity(
  sight: ClaudeSight,
  handle: AgentHandle,
  look: PaneLook,
): Promise<Activity> {
  const now = Date.now()
  const title = titleSignal(look.title, now)
  if (look.dead) return judge([{ state: 'exited', source: 'process', at: now }])
  const reading = await readSession(sight.folder, handle)
  if (reading.status === 'unreadable') {
    const detail = 'its session file cannot be read'
    return judge([{ state: 'unknown', source: 'status-file', at: now, detail }, title])
  }
  if (reading.status === 'absent') {
    const isOver = !isProcessAlive(handle.pid) || (await isEnding(handle.stateDir))
    if (isOver) return judge([{ state: 'exited', source: 'process', at: now }, title])
    return judge([await startingSignal(look, sight.readScreen, now), title])
  }
  const own = sessionSignal(reading.session)
  const hooks = await readHooks(handle.stateDir)
  const hook = hookSignal(hooks ?? [])
  // older versions open a question of their own at a limit: what it waits for is the limit's end
  const isAsking = own.state === 'waiting-input'
  if (own.state !== 'idle' && !isAsking) return judge([own, hook, title])
  if (!isAsking && hooks?.length === 0 && now - own.at < hooksLateMs) {
    const detail = 'its SessionStart hook has not fired'
    return judge([{ state: 'starting', source: 'hook', at: own.at, detail }, own, title])
  }
  const isUntaken =
    hooks !== undefined &&
    hooks.length > 0 &&
    (await isBriefPending(handle.stateDir, hooks, 'UserPromptSubmit', now))
  if (!isAsking && isUntaken)
    return judge([{ state: 'starting', source: 'hook', at: own.at, detail: briefPending }, own, title])
  if (!isAsking && hook?.state === 'working' && hook.at > own.at && now - hook.at < fileLateMs)
    return judge([hook, own, title])
  const failure = await findFailure(sight.folder, handle, reading.session.sessionId, hooks)
  if (isAsking && failure?.state !== 'limited') return judge([own, hook, title])
  const banner = await findBanner(failure, sight, look, now)
  return judge([banner, failure, own, failure === hook ? undefined : hook, title])
}

/** A failed turn: the hooks tell that there was one, the transcript tells which. Without hooks it tells both. */
async function findFailure(
  folder: string,
  handle: AgentHandle,
  conversationId: string,
  hooks: readonly HookEvent[] | undefined,
): Promise<Signal | undefined> {
  const hook = hookSignal(hooks ?? [])
  const isHooked = hooks !== undefined && hooks.length > 0
  if (isHooked && hook?.state !== 'error') return undefined
  const transcript = await findTranscript(folder, { ...handle, conversationId })
  const error = transcript.status === 'read' ? await readApiError(transcript.value) : undefined
  if (error) return errorSignal(error, hook?.at)
  return hook?.state === 'error' ? hook : undefined
}

/**
 * Where nothing written tells when a limit ends, or why a request was invalid, the newest banner on the screen may: an older version
 * whose context is full even after it was compacted says so nowhere else.
 */
async function findBanner(
  failure: Signal | undefined,
  sight: ClaudeSight,
  look: PaneLook,
  now: number,
): Promise<Signal | undefined> {
  if (failure === undefined || !isOpen(failure) || !look.screen) return undefined
  const finding = screenFinding(sight.readScreen(await look.screen()), { now, printedAt: failure.at })
  const isFull = finding.state === 'error' && finding.error === 'context-full'
  const tellsMore = failure.state === 'limited' ? finding.state === 'limited' : isFull
  return tellsMore ? { ...finding, source: 'screen', at: failure.at } : undefined
}

/** Whether the screen may tell more of it. */
function isOpen(failure: Signal): boolean {
  if (failure.state === 'limited') return failure.resetAt === undefined
  return failure.state === 'error' && failure.source === 'hook' && failure.error === 'invalid-request'
}

/** On its way out Claude Code takes its session file away before its process is gone. */
async function isEnding(stateDir: string): Promise<boolean> {
  return (await readHooks(stateDir))?.at(-1)?.event === 'SessionEnd'
}
