import { existsSync, readFileSync } from 'node:fs'
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

/** @param user the login name; `folder` is where systemd-logind keeps who lingers */
export function readScopeFacts(user: string, folder = '/var/lib/systemd/linger'): ScopeFacts {
  return { cgroups: readOwnCgroups(), isLingering: existsSync(join(folder, user)) }
}

function readOwnCgroups(): string | undefined {
  try {
    return readFileSync('/proc/self/cgroup', 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
