import type { Finding } from './finding.ts'
import { formatBytes } from './format-bytes.ts'
import { isWsl, type Machine } from './machine.ts'

/** Which system it is, and whether anybody has run tmo on it. */
export function checkPlatform(machine: Machine): Finding {
  const { platform } = machine
  const line = { what: 'system', isNeeded: true, remedy: null }
  if (isWsl(machine)) {
    const found = 'Linux in WSL: experimental, its paths are tested and nobody has run it there'
    return { ...line, ok: true, found }
  }
  if (platform === 'darwin') {
    const found = 'macOS: experimental, its paths are tested and nobody has run it there'
    return { ...line, ok: true, found }
  }
  if (platform === 'linux') return { ...line, ok: true, found: 'Linux' }
  const remedy = platform === 'win32' ? 'install WSL and run tmo in it: wsl --install' : 'use Linux or macOS'
  return { ...line, ok: false, found: `${platform}, where tmo was never meant to run`, remedy }
}

/**
 * Whether teams go on when the user logs out. systemd ends what it holds of a user who does not linger: desktops and services always,
 * what a plain login started only where the machine says so.
 */
export function checkLogout({ platform, read, user }: Machine): readonly Finding[] {
  if (platform !== 'linux' || user === undefined || read('/proc/1/comm')?.trim() !== 'systemd') return []
  const ok = read(`/var/lib/systemd/linger/${user}`) !== undefined
  const found = ok ? 'teams go on' : 'your last logout can end every team'
  const remedy = ok ? null : `sudo loginctl enable-linger ${user}`
  return [{ what: 'after a logout', ok, found, remedy, isNeeded: false }]
}

interface Limit {
  readonly what: string
  /** `Infinity` for no limit, `undefined` where the system does not tell. */
  readonly value: number | undefined
  /** What a team of ten takes, with room. */
  readonly wanted: number
  readonly remedy: string
}

/** The limits that a team meets first; none keeps tmo itself from working. */
export function checkLimits(machine: Machine): readonly Finding[] {
  return [...listLimits(machine).map(checkLimit), checkMemory(machine)]
}

function listLimits(machine: Machine): readonly Limit[] {
  const processLimits = [
    {
      what: 'open files',
      value: readLimit(machine, 'Max open files', '-n'),
      wanted: 1024,
      remedy: 'ulimit -n 4096, in the shell that starts tmo; for good in /etc/security/limits.conf',
    },
    {
      what: 'processes',
      value: readLimit(machine, 'Max processes', '-u'),
      wanted: 1024,
      remedy: 'ulimit -u 4096, in the shell that starts tmo; for good in /etc/security/limits.conf',
    },
  ]
  if (machine.platform !== 'linux') return processLimits
  const inotify = (name: string, wanted: number): Limit => ({
    what: `inotify ${name.replace('max_user_', '')}`,
    value: toNumber(machine.read(`/proc/sys/fs/inotify/${name}`)),
    wanted,
    remedy: `sudo sysctl fs.inotify.${name}=${wanted * 4}`,
  })
  return [...processLimits, inotify('max_user_instances', 128), inotify('max_user_watches', 8192)]
}

function checkLimit({ what, value, wanted, remedy }: Limit): Finding {
  const ok = value === undefined || value >= wanted
  const found =
    value === undefined
      ? 'the system does not tell'
      : value === Number.POSITIVE_INFINITY
        ? 'no limit'
        : `${value}${ok ? '' : `, where a team of ten takes ${wanted}`}`
  return { what, ok, found, remedy: ok ? null : remedy, isNeeded: false }
}

/** Of this process, which the daemon inherits: `/proc` where there is one, else what the shell says. */
function readLimit(machine: Machine, row: string, flag: '-n' | '-u'): number | undefined {
  const limits = machine.read('/proc/self/limits')
  const line = limits?.split('\n').find((text) => text.startsWith(row))
  return toNumber(line === undefined ? machine.ulimit(flag) : line.slice(row.length).trim().split(/\s+/)[0])
}

function toNumber(text: string | undefined): number | undefined {
  const word = text?.trim()
  if (word === 'unlimited') return Number.POSITIVE_INFINITY
  return word !== undefined && /^\d+$/.test(word) ? Number(word) : undefined
}

const GB = 1_000_000_000

function checkMemory({ memory, read }: Machine): Finding {
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(read('/proc/meminfo') ?? '')?.[1]
  const free = available === undefined ? memory.free : Number(available) * 1024
  const ok = free >= GB
  const of = memory.limit === undefined ? '' : `, and at most ${formatBytes(memory.limit)} here`
  return {
    what: 'memory',
    ok,
    found: `${formatBytes(free)} of ${formatBytes(memory.total)} free${of}; an agent program takes some 0.3 GB`,
    remedy: ok ? null : 'end what you do not need, or start fewer agents: tmo run --size small',
    isNeeded: false,
  }
}
