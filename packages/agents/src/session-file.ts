import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isProcessAlive } from '@tmux-orchestrator/tmux-driver'
import { listNames, readText } from './files.ts'
import { parseObject } from './json.ts'
import { processStart } from './process-state.ts'

/** What a running program says of itself in `<home>/sessions/<pid>.json`. */
export interface SessionFile {
  readonly pid: number
  readonly sessionId: string
  /** `starting`, `idle`, `busy`, `waiting`, `limited`, or a word that this version does not know. */
  readonly status: string
  readonly waitingFor?: string
  /** When a limit ends, epoch milliseconds. */
  readonly resetAt?: number
  readonly continuesItself?: boolean
  readonly updatedAt: number
}

export type SessionReading =
  | { readonly status: 'found'; readonly session: SessionFile }
  | { readonly status: 'absent' }
  | { readonly status: 'unreadable' }

export interface SessionQuery {
  readonly pid: number
  readonly conversationId: string
}

/** Files of other programs that are looked at when none carries the pane's own pid. */
const filesMax = 500

/**
 * The session file of a live program: by the pane's pid, else (a program behind a wrapper) by its conversation. A file
 * that a killed program left behind is absent.
 */
export async function readSession(home: string, query: SessionQuery): Promise<SessionReading> {
  const own = await readSessionFile(join(home, 'sessions', `${query.pid}.json`))
  if (own.status !== 'absent') return own
  const names = await listNames(join(home, 'sessions'))
  if (names.status !== 'read') return { status: names.status === 'absent' ? 'absent' : 'unreadable' }
  for (const name of names.value.filter((file) => /^\d+\.json$/.test(file)).slice(0, filesMax)) {
    const other = await readSessionFile(join(home, 'sessions', name))
    if (other.status === 'found' && other.session.sessionId === query.conversationId) return other
  }
  return { status: 'absent' }
}

async function readSessionFile(path: string): Promise<SessionReading> {
  const text = await readText(path)
  if (text.status !== 'read') return { status: text.status }
  const parsed = parseSession(text.value) ?? (await readAgain(path))
  if (!parsed) return { status: 'unreadable' }
  if (!isProcessAlive(parsed.session.pid)) return { status: 'absent' }
  if (parsed.start === undefined) return { status: 'found', session: parsed.session }
  const start = processStart(parsed.session.pid)
  const isSame = start === undefined || start === parsed.start
  return isSame ? { status: 'found', session: parsed.session } : { status: 'absent' }
}

const tornMs = 20

/** Programs write this file in place: one that is torn is whole a moment later. */
async function readAgain(path: string): Promise<ReturnType<typeof parseSession>> {
  await sleep(tornMs)
  const text = await readText(path)
  return text.status === 'read' ? parseSession(text.value) : undefined
}

function parseSession(text: string): { session: SessionFile; start: string | undefined } | undefined {
  const file = parseObject(text)
  if (!file) return undefined
  // The file is there before the program says what it does.
  const { pid, sessionId, status = 'starting', waitingFor, statusUpdatedAt, pidStart } = file
  if (typeof pid !== 'number' || typeof sessionId !== 'string' || typeof status !== 'string') return undefined
  const session = {
    pid,
    sessionId,
    status,
    ...(typeof waitingFor === 'string' && { waitingFor }),
    ...(typeof file['resetAt'] === 'number' && { resetAt: file['resetAt'] }),
    ...(file['continuesItself'] === true && { continuesItself: true }),
    updatedAt: toEpochMs(statusUpdatedAt),
  }
  return { session, start: typeof pidStart === 'string' ? pidStart : undefined }
}

function toEpochMs(value: unknown): number {
  const at = typeof value === 'string' ? Date.parse(value) : value
  return typeof at === 'number' && Number.isFinite(at) ? at : 0
}
