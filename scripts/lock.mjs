import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { cacheDirectory, SetupError, say } from './say.mjs'

const waitMsMax = 20 * 60_000

/**
 * Runs `body` while no other process of this checkout does; a lock whose owner is gone is taken over.
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} body
 * @returns {Promise<T>}
 */
export async function withLock(name, body) {
  mkdirSync(cacheDirectory, { recursive: true })
  const path = `${cacheDirectory}/${name}.lock`
  const deadline = Date.now() + waitMsMax
  for (let hasSaid = false; !tryLock(path); hasSaid = true) {
    if (Date.now() > deadline)
      throw new SetupError('another set-up runs for too long', `end it, or remove ${path}`)
    if (!hasSaid) say('another set-up runs in this checkout: waiting for it')
    await delay(200)
  }
  try {
    return await body()
  } finally {
    rmSync(path, { force: true })
  }
}

/** @param {string} path */
function tryLock(path) {
  // linked in whole, so that nobody ever reads half a lock
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, `${process.pid} ${startOf(process.pid)}`)
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
    removeIfStale(path)
    return false
  } finally {
    rmSync(draft, { force: true })
  }
}

/** @param {string} path */
function removeIfStale(path) {
  const owner = readOwner(path)
  if (owner === undefined || isAlive(owner)) return
  // of several that saw it, one moves it away; a lock made meanwhile by a living owner is put back
  const aside = `${path}.stale.${process.pid}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return
    throw error
  }
  const moved = readOwner(aside)
  if (moved !== undefined && isAlive(moved)) linkSync(aside, path)
  rmSync(aside, { force: true })
}

/** @param {string} path */
function readOwner(path) {
  try {
    const [pid = '', start = ''] = readFileSync(path, 'utf8').split(' ')
    return { pid: Number(pid), start }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

/** @param {{ pid: number, start: string }} owner */
function isAlive({ pid, start }) {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!hasCode(error, 'EPERM')) return false
  }
  return start === startOf(pid)
}

/** When a process began, in the kernel's words; empty where there is no /proc. @param {number} pid */
function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return ''
    throw error
  }
}

/** @param {unknown} error @param {string} code */
function hasCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code
}
