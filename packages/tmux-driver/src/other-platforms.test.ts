import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { untilParentDeath } from './parent-death.ts'
import { isAliveOn } from './process-alive.ts'
import { lockAcrossProcesses } from './process-lock.ts'
import { serverEnvironment } from './server-environment.ts'

it('on macOS a process is told by its number alone', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  const pid = child.pid ?? 0
  expect(isAliveOn('darwin', pid)).toBe(true)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isAliveOn('darwin', pid)).toBe(false)
})

it('on macOS there is neither an abstract socket to lock with nor a signal at the death of a parent', async () => {
  expect(await lockAcrossProcesses('/nowhere/lock', 'darwin')).toBeUndefined()
  expect(await untilParentDeath('darwin')).toEqual([])
})

it('on macOS a server without a locale gets one that is there', () => {
  expect(serverEnvironment({}, '/bin', 'darwin')).toMatchObject({ LC_CTYPE: 'en_US.UTF-8' })
})
