import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SimSession, SimStatus } from './formats.ts'
import { isRecord } from './json.ts'

export interface SessionFile {
  /** Written when it differs from what was last written. */
  set(status: SimStatus, more?: StatusDetail): void
  remove(): void
}

export type StatusDetail = Pick<SimSession, 'waitingFor' | 'resetAt' | 'continuesItself'>

export interface OpenSessionFileOptions {
  readonly home: string
  readonly sessionId: string
  readonly cwd: string
  readonly version: string
  readonly changed: (status: SimStatus, more: StatusDetail) => void
}

/** Tells others what this process is doing, from `starting` on. */
export function openSessionFile(options: OpenSessionFileOptions): SessionFile {
  const { home, sessionId, cwd, version, changed } = options
  const folder = join(home, 'sessions')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, `${process.pid}.json`)
  const temporary = `${file}.tmp`
  const pidStart = startOfProcess()
  let current = ''
  const set = (status: SimStatus, more: StatusDetail = {}): void => {
    const state = JSON.stringify([status, more])
    if (state === current) return
    current = state
    const session: SimSession = {
      pid: process.pid,
      pidStart,
      sessionId,
      cwd,
      status,
      ...more,
      statusUpdatedAt: Date.now(),
      version,
    }
    writeFileSync(temporary, `${JSON.stringify(session)}\n`, { mode: 0o600 })
    renameSync(temporary, file)
    changed(status, more)
  }
  set('starting')
  return { set, remove: () => rmSync(file, { force: true }) }
}

/** Field 22 of `/proc/self/stat`; the program's name before it may hold blanks and brackets. */
function startOfProcess(): string {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0'
  } catch (error) {
    if (isRecord(error) && error.code === 'ENOENT') return '0'
    throw error
  }
}
