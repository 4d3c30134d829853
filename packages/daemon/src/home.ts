import {
  accessSync,
  chmodSync,
  constants,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir, hostname, userInfo } from 'node:os'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import { DaemonError } from './errors.ts'
import { makeFolders } from './make-folders.ts'
import { refuseWindowsDrive } from './windows-drive.ts'

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Where everything of one home lies. */
export interface HomePaths {
  readonly database: string
  /** Held locked by the kernel for as long as the daemon lives. */
  readonly lock: string
  /** Who the daemon is and where it listens; see {@link DaemonRecord}. */
  readonly record: string
  readonly bin: string
  readonly logs: string
  readonly log: string
  /** What a daemon that was started in the background says before its log is open. */
  readonly output: string
  readonly spool: string
  readonly badSpool: string
  readonly worktrees: string
}

/** Written and removed again at each start, so that a full disk is found before anything depends on it. */
const probeBytes = 256 * 1024

/** Where everything of a home lies. Makes nothing. */
export function homePaths(home: string): HomePaths {
  const logs = join(home, 'logs')
  const spool = join(home, 'spool')
  return {
    database: join(home, 'tmo.db'),
    lock: join(home, 'daemon.lock'),
    record: join(home, 'daemon.json'),
    bin: join(home, 'bin'),
    logs,
    log: join(logs, 'daemon.log'),
    output: join(logs, 'daemon.out'),
    spool,
    badSpool: join(spool, 'bad'),
    worktrees: join(home, 'worktrees'),
  }
}

/**
 * The home that an environment names: `TMO_HOME`, else `$XDG_STATE_HOME/tmux-orchestrator`, else
 * `~/.local/state/tmux-orchestrator`. Absolute, with symbolic links resolved as far as the path exists, so that two spellings are
 * one home. Creates nothing.
 */
export function resolveHome(env: Environment = process.env): string {
  const named = env['TMO_HOME']
  if (named !== undefined && named !== '') return realPath(resolve(named))
  const state = env['XDG_STATE_HOME']
  const base =
    state !== undefined && isAbsolute(state) ? state : join(env['HOME'] || homedir(), '.local', 'state')
  return realPath(join(base, 'tmux-orchestrator'))
}

/** This host's name in a fleet: `TMO_HOST`, else what the system says. */
export function hostName(env: Environment = process.env): string {
  return env['TMO_HOST'] || hostname()
}

/**
 * Makes the home and its folders (mode 0700) and proves that it can be written.
 *
 * @throws DaemonError HOME_UNUSABLE when it is a file, belongs to somebody else, is open to others and not ours, cannot be
 * written, lies on a drive of Windows, or the disk is full
 */
export function ensureHome(home: string): HomePaths {
  const paths = homePaths(home)
  try {
    refuseWindowsDrive(home)
    makeFolders(home)
    closeToOthers(home, paths)
    for (const folder of [paths.bin, paths.logs, paths.spool, paths.badSpool, paths.worktrees]) {
      makeFolders(folder)
      accessSync(folder, constants.W_OK | constants.X_OK)
    }
    probe(join(home, `.probe-${process.pid}`))
    return paths
  } catch (error) {
    throw toHomeError(home, error)
  }
}

function closeToOthers(home: string, paths: HomePaths): void {
  const { mode, uid } = statSync(home)
  const self = process.getuid?.()
  if (self === undefined) return
  if (uid !== self) throw unusable(home, `it belongs to another user (uid ${uid})`, otherHome)
  if ((mode & 0o077) === 0) return
  const entries = readdirSync(home)
  const ours = entries.length === 0 || entries.includes(basename(paths.lock))
  if (!ours || (mode & 0o1000) !== 0) {
    throw unusable(
      home,
      'it holds files of others and is open to other users',
      `${otherHome}, or: chmod 700 ${home}`,
    )
  }
  chmodSync(home, 0o700)
}

function probe(file: string): void {
  try {
    writeFileSync(file, Buffer.alloc(probeBytes, 1), { mode: 0o600 })
  } finally {
    rmSync(file, { force: true })
  }
}

const otherHome = 'choose another folder with TMO_HOME=/path'

function toHomeError(home: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || error.name === 'DaemonError') return error
  switch (error.code) {
    case 'EEXIST':
    case 'ENOTDIR':
      return unusable(home, 'it, or a folder above it, is a file', otherHome, error)
    case 'ENOENT':
      return unusable(home, 'the folder above it cannot be written: it takes no new folder', otherHome, error)
    case 'EACCES':
    case 'EPERM':
      return unusable(home, `${userInfo().username} may not write there`, otherHome, error)
    case 'EROFS':
      return unusable(home, 'the file system is read-only', otherHome, error)
    case 'ENOSPC':
    case 'EDQUOT':
      return unusable(home, 'the disk is full', `free some space on it, or ${otherHome}`, error)
    case 'ENAMETOOLONG':
      return unusable(home, 'the path is too long', otherHome, error)
    default:
      return unusable(home, error.message, otherHome, error)
  }
}

function unusable(home: string, why: string, hint: string, cause?: Error): DaemonError {
  const errno = cause !== undefined && 'code' in cause ? { errno: String(cause.code) } : {}
  return new DaemonError('HOME_UNUSABLE', `cannot use ${home} as home: ${why}`, {
    hint,
    details: { home, ...errno },
    ...(cause === undefined ? {} : { cause }),
  })
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    const parent = dirname(path)
    if (parent === path || !(error instanceof Error) || !('code' in error)) throw error
    if (error.code !== 'ENOENT') return path
    return join(realPath(parent), basename(path))
  }
}
