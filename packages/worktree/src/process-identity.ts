import { readdir, readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'

/** Which process this is, beyond its reusable number. Empty strings where the system does not tell. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks after boot, field 22 of `/proc/<pid>/stat`. */
  readonly startTime: string
  readonly bootId: string
  readonly pidNamespace: string
  readonly host: string
}

export async function thisProcess(proc = '/proc'): Promise<ProcessIdentity> {
  const [stat, bootId, pidNamespace] = await Promise.all([
    readProcessStat(process.pid, proc),
    readOptional(readFile(`${proc}/sys/kernel/random/boot_id`, 'utf8')),
    readOptional(readlink(`${proc}/self/ns/pid`)),
  ])
  return { pid: process.pid, startTime: stat?.startTime ?? '', bootId, pidNamespace, host: hostname() }
}

/** `unknown` (another host or pid namespace) must be treated as alive. */
export async function livenessOf(
  owner: ProcessIdentity,
  self: ProcessIdentity,
  proc = '/proc',
): Promise<'alive' | 'dead' | 'unknown'> {
  if (owner.host !== self.host) return 'unknown'
  if (owner.bootId !== self.bootId) return 'dead'
  if (owner.pidNamespace !== self.pidNamespace) return 'unknown'
  if (!isPidTaken(owner.pid)) return 'dead'
  if (owner.startTime === '') return 'alive'
  const stat = await readProcessStat(owner.pid, proc)
  return stat === undefined || stat.isZombie || stat.startTime !== owner.startTime ? 'dead' : 'alive'
}

/** Living processes whose environment was given `word` when they were started: what a killed owner left running. */
export async function findProcessesCarrying(word: string, proc = '/proc'): Promise<readonly number[]> {
  const names = await readOptional(readdir(proc))
  const pids = [...names].map(Number).filter((pid) => Number.isInteger(pid) && pid !== process.pid)
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readOptional(readFile(`${proc}/${pid}/environ`, 'latin1'))
      return environment.includes(word) ? pid : 0
    }),
  )
  return found.filter((pid) => pid !== 0)
}

async function readProcessStat(
  pid: number,
  proc: string,
): Promise<{ startTime: string; isZombie: boolean } | undefined> {
  const text = await readOptional(readFile(`${proc}/${pid}/stat`, 'latin1'))
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const startTime = fields[19]
  return startTime === undefined ? undefined : { startTime, isZombie: fields[0] === 'Z' || fields[0] === 'X' }
}

function isPidTaken(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/** A process may end, or belong to someone else, between two reads; a system may have no `/proc`. */
async function readOptional<T extends string | readonly string[]>(read: Promise<T>): Promise<T | ''> {
  return read.catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && unreadable.has(String(error.code))) return ''
    throw error
  })
}

const unreadable = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR', 'EINVAL'])
