import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { findHolders } from './find-holders.ts'
import { findProcessesCarrying, livenessOf, thisProcess } from './process-identity.ts'

const nowhere = '/nowhere/proc'

it('without /proc, as on macOS, a process is told by its host and number alone', async () => {
  const self = await thisProcess(nowhere)
  expect(self).toMatchObject({ pid: process.pid, startTime: '', bootId: '', pidNamespace: '' })
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  const owner = { ...self, pid: child.pid ?? 0 }
  expect(await livenessOf(owner, self, nowhere)).toBe('alive')
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await livenessOf(owner, self, nowhere)).toBe('dead')
  expect(await livenessOf({ ...owner, host: 'elsewhere' }, self, nowhere)).toBe('unknown')
})

it('without /proc nobody knows who holds a folder, and no process is found by its environment', async () => {
  expect(await findHolders([process.cwd()], { proc: nowhere })).toBeUndefined()
  expect(await findProcessesCarrying('HOME', nowhere)).toEqual([])
})
