import { setTimeout as delay } from 'node:timers/promises'
import { type FileLock, lockFile } from '@tmux-orchestrator/scheduler-db'
import { type DaemonRecord, readRecord } from './daemon-record.ts'
import { DaemonError } from './errors.ts'
import type { HomePaths } from './home.ts'
import { isAlive } from './process-identity.ts'

const patienceMs = 5_000

/**
 * Takes the one lock of a home. It is the kernel's own, so that it dies with its holder, needs no clean-up after `kill -9`, and
 * is never taken from a living one; the file itself is never removed.
 *
 * @throws DaemonError ALREADY_RUNNING, with the holder's pid, when a daemon of this home lives; StoreError ADDON_MISSING
 */
export async function takeLifeLock(home: string, paths: HomePaths): Promise<FileLock> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const lock = await lockFile(paths.lock)
    if (lock !== undefined) return lock
    const holder = readRecord(paths.record)
    if (holder !== undefined && isAlive(holder)) throw alreadyRunning(home, holder)
    if (performance.now() > deadline) throw alreadyRunning(home, undefined)
    // Two that reach for it at once can both be turned away; the random pause lets one of them through.
    await delay(5 + Math.random() * 45)
  }
}

function alreadyRunning(home: string, holder: DaemonRecord | undefined): DaemonError {
  const who = holder === undefined ? 'another process' : `pid ${holder.pid}`
  return new DaemonError('ALREADY_RUNNING', `a daemon already runs for ${home} (${who})`, {
    hint: 'use it, or end it first: tmo-scheduler stop',
    details: { home, ...(holder === undefined ? {} : { pid: holder.pid }) },
  })
}
