import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type EngineRoom, engineRoom, id } from './engine-room.ts'
import { codexScreen, StandInCodex } from './stand-in-codex.ts'

const patience = { timeout: 60_000, interval: 20 }
const command = 'touch /home/dev/my-project/tmp/esc1'
const lines = 'touch a\n$ ls -l\n$ touch b'

describe('what the policy decides', () => {
  let codex: StandInCodex
  let room: EngineRoom
  beforeEach(async () => {
    codex = new StandInCodex()
    room = await engineRoom({ answerAgainMs: 5, prepare: (place) => codex.install(place) })
    const permissions = { '*': { allow: [`Bash(${command})`], deny: ['Bash(ls *)'] } }
    await room.start(1, { program: 'codex', permissions })
    await expect.poll(() => codex.keys(), patience).toBe('')
  })
  afterEach(() => room[Symbol.asyncDispose]())

  const leave = (request: string, subject: string, ageMs?: number): void =>
    codex.leave(join(room.folder, 'home', 'orchestrations', id, 'dev1'), request, subject, ageMs)
  const waiting = async () => (await room.ledger.query('status', { id })).permissions
  const events = async () =>
    (await room.ledger.query('events', { after: 0, limit: 1000, stream: id })).events
      .filter((event) => event.kind.startsWith('permission:'))
      .map((event) => event.kind)
  const failures = () => room.log.filter(({ event }) => event === 'permission:not-answered')

  it('is tried again where it was refused, and given once its dialog stands', async () => {
    leave('7-1', command)
    await expect.poll(() => failures().length, patience).toBeGreaterThan(1)
    expect(await waiting()).toMatchObject([{ request: '7-1', note: null }])
    expect(codex.keys()).toBe('')
    codex.show(codexScreen('permission'))
    await expect.poll(() => codex.keys(), patience).toBe('y')
    codex.show(codexScreen('idle'))
    await expect.poll(events, patience).toEqual(['permission:asked', 'permission:allowed'])
    expect(await waiting()).toEqual([])
  })

  it('goes to a person where it cannot be given, with the reason, until the dialog is gone', async () => {
    codex.show(codexScreen('permission-lines'))
    leave('7-1', lines, 60_000)
    await expect.poll(async () => (await waiting())[0]?.note, patience).toMatch(/Bash\(ls \*\) denies.*whole/)
    expect(failures()).toHaveLength(10)
    expect(failures().at(-1)).toMatchObject({ level: 'warn', isAgain: false })
    expect(codex.keys()).toBe('')
    await room.restart()
    await expect.poll(() => failures().length, patience).toBe(20)
    expect((await waiting())[0]?.note).toMatch(/Bash\(ls/)
    codex.show(codexScreen('idle'))
    await expect.poll(waiting, patience).toEqual([])
    expect((await events()).at(-1)).toBe('permission:gone')
  })
})
