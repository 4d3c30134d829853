import { existsSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'

/** What decides whether a daemon that outlives its caller is put into a scope of the user's systemd. */
export interface ScopeFacts {
  /** What the kernel says of the caller's control groups, as in `/proc/self/cgroup`; undefined where there are none. */
  readonly cgroups: string | undefined
  /** Whether the user's systemd stays when nobody is logged in any more. */
  readonly isLingering: boolean
}

/**
 * A scope belongs to the user's systemd, which ends with the last login of a user who does not linger, and takes its scopes along. So
 * it is right for a user who lingers, and for a caller whom that systemd holds in any case: its own unit may end before. What
 * a plain login started is left where it is: there a logout ends it only where the machine says so (`KillUserProcesses`).
 */
export function isScopeSafer({ cgroups, isLingering }: ScopeFacts): boolean {
  if (isLingering) return true
  const lines = cgroups?.split('\n') ?? []
  const own = lines.filter((line) => line.startsWith('0::') || line.includes(':name=systemd:'))
  return own.some((line) => /\/user@\d+\.service(\/|$)/.test(line))
}

/** @param folder where systemd-logind keeps who lingers; `user` is a login name, undefined for a number that no account has */
export function readScopeFacts(user: string | undefined, folder = '/var/lib/systemd/linger'): ScopeFacts {
  return { cgroups: readOwnCgroups(), isLingering: user !== undefined && existsSync(join(folder, user)) }
}

/** The login name; undefined where the user's number has no account, as in many containers. */
export function loginName(): string | undefined {
  try {
    return userInfo().username
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_SYSTEM_ERROR') return undefined
    throw error
  }
}

function readOwnCgroups(): string | undefined {
  try {
    return readFileSync('/proc/self/cgroup', 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
