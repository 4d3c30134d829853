import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { thisProcess } from './process-identity.ts'
import { RepositoryLock } from './repository-lock.ts'

let commonDir: string

beforeEach(async () => {
  commonDir = await mkdtemp(join(tmpdir(), 'tmo-lock-'))
})
afterEach(() => rm(commonDir, { recursive: true, force: true }))

async function lockOf(name: string): Promise<RepositoryLock> {
  const folder = await mkdtemp(join(commonDir, name))
  return new RepositoryLock({ commonDir: folder, self: await thisProcess(), timeoutMs: 10_000 })
}

test('two locks held one within the other are both joined', async () => {
  const [one, two] = [await lockOf('one'), await lockOf('two')]
  await one.hold(async () => {
    const outer = one.token
    expect(outer).toBeDefined()
    expect(two.token).toBeUndefined()
    await two.hold(async () => {
      expect(one.token).toBe(outer)
      expect(two.token).not.toBe(outer)
      expect(await one.hold(async () => await two.hold(async () => 'in both'))).toBe('in both')
    })
  })
  expect([one.token, two.token]).toEqual([undefined, undefined])
})

test('a lock stays known to its holder when another is released meanwhile', async () => {
  const [one, two] = [await lockOf('one'), await lockOf('two')]
  const moments = new EventEmitter()
  const held = once(moments, 'held')
  const long = one.hold(async () => {
    const released = once(moments, 'released')
    moments.emit('held')
    await released
    return await one.hold(async () => 'joined')
  })
  await held
  await two.hold(async () => undefined)
  moments.emit('released')
  expect(await long).toBe('joined')
  expect(await one.hold(async () => one.token)).toBeDefined()
})
