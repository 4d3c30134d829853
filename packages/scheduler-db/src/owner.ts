import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * A name for this process as the owner of jobs and leases: host, boot, process namespace, process and its start, and
 * something random, so that neither a reused process id nor a second machine of the same name is taken for it.
 */
export function processOwner(proc = '/proc'): string {
  const place = thisPlace(proc)
  const start = readProcessStart(process.pid, proc) ?? '-'
  return [place.host, place.boot, place.namespace, process.pid, start, randomBytes(4).toString('hex')].join(
    '/',
  )
}

/**
 * Whether the process of this name is surely gone. `false` also when that cannot be known: another host, another
 * container, a name of another form.
 */
export function isOwnerGone(owner: string, proc = '/proc'): boolean {
  const [host, boot, namespace, pidText, start] = owner.split('/')
  const place = thisPlace(proc)
  const pid = Number(pidText)
  if (host !== place.host || start === undefined || !Number.isSafeInteger(pid) || pid < 1) return false
  if (place.boot === '-' || boot === '-') return !isAlive(pid)
  if (boot !== place.boot) return true
  if (namespace !== place.namespace) return false
  return readProcessStart(pid, proc) !== start
}

interface Place {
  readonly host: string
  readonly boot: string
  readonly namespace: string
}

/** `-` stands for what this system does not tell. */
function thisPlace(proc: string): Place {
  const machine = readText('/etc/machine-id') ?? '-'
  const mark = createHash('sha256').update(machine).digest('hex').slice(0, 8)
  return {
    host: `${hostname().replaceAll('/', '-')}-${mark}`,
    boot: readText(`${proc}/sys/kernel/random/boot_id`) ?? '-',
    namespace: readNamespace(proc) ?? '-',
  }
}

/** Clock ticks since boot at which the process started; `undefined` when it is gone or waits to be reaped. */
export function readProcessStart(pid: number, proc = '/proc'): string | undefined {
  const stat = readText(`${proc}/${pid}/stat`)
  if (stat === undefined) return undefined
  // The command, in brackets, may itself hold spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

function readNamespace(proc: string): string | undefined {
  try {
    return readlinkSync(`${proc}/self/ns/pid`).replace(/\D/g, '')
  } catch (error) {
    if (isAbsence(error)) return undefined
    throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !isAbsence(error)
  }
}

const absences = ['ENOENT', 'ESRCH', 'ENOTDIR', 'EACCES']

function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'code' in error && absences.includes(String(error.code))
}
