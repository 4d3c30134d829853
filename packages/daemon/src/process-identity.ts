import { readFileSync } from 'node:fs'

/** One process for all time: the number alone is given out again after its end. */
export interface ProcessIdentity {
  readonly pid: number
  /** Field 22 of `/proc/<pid>/stat`; empty where there is no `/proc`. */
  readonly startTime: string
  /** Changes with each boot; empty where the system does not tell. */
  readonly bootId: string
}

/** Who runs under `pid` right now; `startTime` is empty when nobody does or nobody can tell. */
export function identifyProcess(pid: number = process.pid, proc = '/proc'): ProcessIdentity {
  return { pid, startTime: readStat(pid, proc)?.startTime ?? '', bootId: readBootId(proc) }
}

/** Whether exactly this process still runs; a zombie does not. Without `/proc` any process of that number counts. */
export function isAlive(identity: ProcessIdentity, proc = '/proc'): boolean {
  const bootId = readBootId(proc)
  if (identity.bootId !== bootId) return false
  if (bootId === '') return answersSignals(identity.pid)
  const stat = readStat(identity.pid, proc)
  return stat !== undefined && stat.state !== 'Z' && stat.startTime === identity.startTime
}

function readBootId(proc: string): string {
  return readText(`${proc}/sys/kernel/random/boot_id`)?.trim() ?? ''
}

function readStat(pid: number, proc: string): { state: string; startTime: string } | undefined {
  const text = readText(`${proc}/${pid}/stat`)
  if (text === undefined) return undefined
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', startTime: fields[19] ?? '' }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && isAbsence(error.code)) return undefined
    throw error
  }
}

function isAbsence(code: unknown): boolean {
  return code === 'ENOENT' || code === 'ESRCH' || code === 'ENOTDIR'
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
