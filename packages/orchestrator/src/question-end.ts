import type { Activity, ActivitySource, ActivityState } from '@tmux-orchestrator/agents'
import type { QuestionRow } from './tables.ts'

/** A question may still stand then; Claude Code 2.1.197 calls its own a permission. */
const open: ReadonlySet<ActivityState> = new Set([
  'waiting-input',
  'blocked-permission',
  'starting',
  'unknown',
  'exited',
])
/** These tell when it went on. */
const timed: ReadonlySet<ActivitySource> = new Set(['status-file', 'hook', 'transcript'])
/** From the request to its dialog, while the program still says that it works. */
const openingMs = 2_000
/** The same where nothing tells since when it works: a machine under load takes long to draw. */
const drawnMs = 10_000

/** When the question of an agent that does this was answered; undefined while it may still stand. */
export function questionEnd(
  { asked_at: askedAt }: Pick<QuestionRow, 'asked_at'>,
  { state, source, at }: Activity,
  now: number,
): number | undefined {
  if (open.has(state)) return undefined
  if (!timed.has(source)) return now - askedAt < drawnMs ? undefined : now
  return at <= askedAt || now - askedAt < openingMs ? undefined : Math.min(at, now)
}
