import { existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Context } from '@tmux-orchestrator/cli'
import { inspectDatabase, resolveHome } from '@tmux-orchestrator/daemon'
import { explainNewer } from './daemon.ts'
import type { Finding } from './finding.ts'
import { formatBytes } from './format-bytes.ts'

const MB = 1024 * 1024
/** Below it a start is refused, below the other a day's work may fill the disk. */
const diskNeeded = 64 * MB
const diskWanted = 1024 * MB

/** Does it open, is it whole, is its schema ours; looked at without changing it. */
export async function checkDatabase(context: Context): Promise<Finding> {
  const what = 'database'
  try {
    const { database, isThere, bytes, isChecked, pending } = await inspectDatabase({ env: context.env })
    const size = bytes === null ? '' : `, ${formatBytes(bytes)}`
    const schema =
      pending.length === 0 ? 'its schema is current' : `the next start migrates it (${pending.join(', ')})`
    const found = isThere
      ? `${database}${size}, ${isChecked ? 'whole' : 'opens'}, ${schema}`
      : `${database} is made by the first run; the SQLite add-on works`
    return { what, ok: true, found, remedy: null, isNeeded: true }
  } catch (error) {
    const known = explainNewer(error)
    if (!(known instanceof Error) || !('code' in known)) throw error
    const hint = 'hint' in known && typeof known.hint === 'string' ? known.hint : null
    const remedy = hint ?? 'look at the file and its folder'
    return { what, ok: false, found: known.message, remedy, isNeeded: true }
  }
}

/** Where the home lies or will lie. */
export function checkDisk(context: Context): Finding {
  const home = resolveHome(context.env)
  const { bavail, bsize } = statfsSync(existing(home))
  const free = bavail * bsize
  const ok = free >= diskWanted
  return {
    what: 'disk',
    ok,
    found: `${formatBytes(free)} free for ${home}`,
    remedy: ok ? null : 'free some space, or name a home on another disk: export TMO_HOME=DIR',
    isNeeded: free < diskNeeded,
  }
}

function existing(path: string): string {
  return existsSync(path) || path === dirname(path) ? path : existing(dirname(path))
}
