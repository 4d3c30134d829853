import type { Activity, ActivityState, PaneLook, Signal } from './adapter.ts'
import type { ScreenReading } from './screen.ts'
import type { SessionFile } from './session-file.ts'

/** A signal that decides, with what people should know about it. */
export interface Decision extends Signal {
  readonly detail?: string
  readonly resetAt?: number
}

export function toActivity(decision: Decision, others: readonly Signal[] = []): Activity {
  return { ...decision, others }
}

const states: Readonly<Record<string, ActivityState>> = {
  starting: 'starting',
  idle: 'idle',
  busy: 'working',
}

/** What a session file says; a status that we do not know is `unknown`. */
export function sessionDecision(session: SessionFile): Decision {
  const base = { source: 'status-file', at: session.updatedAt } as const
  if (session.status !== 'waiting') {
    const state = states[session.status]
    return state
      ? { ...base, state }
      : { ...base, state: 'unknown', detail: `status ${session.status.slice(0, 40)}` }
  }
  const detail = session.waitingFor ?? 'an answer'
  return { ...base, state: /permission/i.test(detail) ? 'blocked-permission' : 'waiting-input', detail }
}

/**
 * What to say of a program that runs and has not put up its session file: it starts, unless its screen shows that it
 * asks something before it can.
 */
export async function startingDecision(
  look: PaneLook,
  readScreen: (screen: string) => ScreenReading,
  now: number,
): Promise<Decision> {
  const reading = look.screen ? readScreen(await look.screen()) : undefined
  if (reading?.kind === 'dialog') {
    return { state: 'waiting-input', source: 'screen', at: now, detail: `asks at start: ${reading.title}` }
  }
  return { state: 'starting', source: 'process', at: now }
}
