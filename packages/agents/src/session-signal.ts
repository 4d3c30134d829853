import type { Finding, Signal } from './activity.ts'
import type { PaneLook } from './adapter.ts'
import type { ScreenReading } from './screen.ts'
import type { SessionFile } from './session-file.ts'

const states: Readonly<Record<string, 'starting' | 'idle' | 'working'>> = {
  starting: 'starting',
  idle: 'idle',
  busy: 'working',
}

/** What a session file says; a status that we do not know is `unknown`. */
export function sessionSignal(session: SessionFile): Signal {
  return { ...sessionFinding(session), source: 'status-file', at: session.updatedAt }
}

function sessionFinding(session: SessionFile): Finding {
  if (session.status === 'limited') {
    const { resetAt, continuesItself } = session
    return {
      state: 'limited',
      ...(resetAt !== undefined && { resetAt }),
      ...(continuesItself && { continuesItself }),
    }
  }
  if (session.status !== 'waiting') {
    const state = states[session.status]
    return state ? { state } : { state: 'unknown', detail: `status ${session.status.slice(0, 40)}` }
  }
  const detail = session.waitingFor ?? 'an answer'
  return { state: /permission/i.test(detail) ? 'blocked-permission' : 'waiting-input', detail }
}

/**
 * What to say of a program that runs and has not told anything of itself: it starts, unless its screen shows that it
 * asks something before it can.
 */
export async function startingSignal(
  look: PaneLook,
  readScreen: (screen: string) => ScreenReading,
  now: number,
): Promise<Signal> {
  const reading = look.screen ? readScreen(await look.screen()) : undefined
  if (reading?.kind === 'dialog') {
    return { state: 'waiting-input', source: 'screen', at: now, detail: `asks at start: ${reading.title}` }
  }
  return { state: 'starting', source: 'process', at: now }
}
