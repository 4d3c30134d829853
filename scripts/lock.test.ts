import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, expect, it } from 'vitest'
import { withLock } from './lock.mjs'
import { cacheDirectory } from './say.mjs'

const name = `test-${process.pid}`
const path = `${cacheDirectory}/${name}.lock`
afterEach(() => rmSync(path, { force: true }))

it('two bodies never run at once', async () => {
  let running = 0
  let most = 0
  const body = async (): Promise<void> => {
    running += 1
    most = Math.max(most, running)
    await new Promise(setImmediate)
    running -= 1
  }
  await Promise.all([withLock(name, body), withLock(name, body), withLock(name, body)])
  expect(most).toBe(1)
  expect(existsSync(path)).toBe(false)
})

it('a lock is released when its body fails', async () => {
  await expect(withLock(name, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(existsSync(path)).toBe(false)
})

it('a lock whose owner was killed is taken over', async () => {
  const owner = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'])
  const { withLock: hold } = await import('./lock.mjs')
  writeFileSync(path, `${owner.pid} 0`)
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  expect(await hold(name, async () => 'mine')).toBe('mine')
})
