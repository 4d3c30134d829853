import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Ledger } from '../src/ledger.ts'
import { type EngineRoom, engineRoom, id } from './engine-room.ts'

const patience = { timeout: 60_000, interval: 20 }
let room: EngineRoom
/** How many answers were held back until they were old. */
let held = 0

/** What is wanted, as it was before the set-up hook ended: the answer comes when all of that is written down. */
function slowly(ledger: Ledger): Ledger {
  const isPrepared = async (): Promise<boolean> =>
    ((await ledger.query('desired', { id }))?.agents[0]?.prepared_at ?? null) !== null
  return {
    command: (name, args) => ledger.command(name, args),
    query: async (name, args) => {
      const answer = await ledger.query(name, args)
      if (name !== 'desired' || !existsSync(join(room.folder, 'begun')) || (await isPrepared())) return answer
      held += 1
      writeFileSync(join(room.folder, 'go-on'), '')
      await expect.poll(isPrepared, patience).toBe(true)
      return answer
    },
  }
}

beforeEach(async () => {
  held = 0
  room = await engineRoom({ through: slowly })
})
afterEach(() => room[Symbol.asyncDispose]())

it('a worktree whose set-up ends while it is read what is wanted is not set up again', async () => {
  const project = await room.git('rev-parse', '--show-toplevel')
  const began = join(room.folder, 'begun')
  const hook = `#!/bin/sh\necho once >>'${began}'\nuntil [ -e '${join(room.folder, 'go-on')}' ]; do sleep 0.02; done\n`
  await mkdir(join(project, '.tmo'))
  await writeFile(join(project, '.tmo/setup'), hook)
  await room.git('add', '--all')
  await room.git('commit', '--quiet', '-m', 'A hook')
  const setup = { file: '.tmo/setup', hash: createHash('sha256').update(hook).digest('hex') }
  await room.start(1, { preparation: { copy: [], ports: 0, hookTimeoutMs: 60_000, setup, teardown: null } })
  await expect.poll(() => room.screen('dev1'), patience).toContain('ready')
  expect(held).toBeGreaterThan(0)
  expect(readFileSync(began, 'utf8')).toBe('once\n')
  const { events } = await room.ledger.query('events', { after: 0, limit: 1000, stream: id })
  expect(events.filter(({ kind }) => kind === 'worktree:prepared')).toHaveLength(1)
})
