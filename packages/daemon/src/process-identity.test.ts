import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { identifyProcess, isAlive } from './process-identity.ts'

it('knows this process, and no other that got its number', () => {
  const self = identifyProcess()
  expect(isAlive(self)).toBe(true)
  expect(isAlive({ ...self, startTime: '1' })).toBe(false)
  expect(isAlive({ ...self, bootId: 'another boot' })).toBe(false)
})

it('knows when a process is gone', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  const identity = identifyProcess(child.pid)
  expect(isAlive(identity)).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isAlive(identity)).toBe(false)
})

it('without /proc, as on macOS, goes by the number alone', async () => {
  const nowhere = '/nowhere/proc'
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  const identity = identifyProcess(child.pid, nowhere)
  expect(identity).toEqual({ pid: child.pid, startTime: '', bootId: '' })
  expect(isAlive(identity, nowhere)).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isAlive(identity, nowhere)).toBe(false)
})
