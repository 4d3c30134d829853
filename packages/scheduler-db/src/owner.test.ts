import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { isOwnerGone, processOwner, readProcessStart } from './owner.ts'

const replaced = (field: number, value: string): string =>
  processOwner().split('/').with(field, value).join('/')

test('two names of one process differ, and neither is gone', () => {
  expect(processOwner()).not.toBe(processOwner())
  expect(isOwnerGone(processOwner())).toBe(false)
})

test.runIf(process.platform === 'linux')(
  'an owner of an earlier boot or with a reused process id is gone',
  () => {
    expect(isOwnerGone(replaced(1, '0d5e37dc-0000-4000-8000-000000000000'))).toBe(true)
    expect(isOwnerGone(replaced(4, '1'))).toBe(true)
  },
)

test('an owner of another host, another container or another form is not known to be gone', () => {
  expect(isOwnerGone(replaced(0, 'elsewhere-00000000'))).toBe(false)
  expect(isOwnerGone(replaced(2, '1'))).toBe(false)
  expect([isOwnerGone(''), isOwnerGone('me'), isOwnerGone('a/b/c/d/e')]).toEqual([false, false, false])
})

test.runIf(process.platform === 'linux')('a process that ended is gone', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  const pid = child.pid ?? 0
  const owner = processOwner()
    .split('/')
    .with(3, String(pid))
    .with(4, readProcessStart(pid) ?? '')
    .join('/')
  expect(isOwnerGone(owner)).toBe(false)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isOwnerGone(owner)).toBe(true)
})

test('without /proc, as on macOS, an owner is told by its number alone, and another host’s never', async () => {
  const nowhere = '/nowhere/proc'
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(child, 'spawn')
  const own = processOwner(nowhere)
  expect(own.split('/').slice(1, 5)).toEqual(['-', '-', String(process.pid), '-'])
  const owner = own.split('/').with(3, String(child.pid)).join('/')
  expect([isOwnerGone(own, nowhere), isOwnerGone(owner, nowhere)]).toEqual([false, false])
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(isOwnerGone(owner, nowhere)).toBe(true)
  expect(isOwnerGone(owner.split('/').with(0, 'elsewhere').join('/'), nowhere)).toBe(false)
})
