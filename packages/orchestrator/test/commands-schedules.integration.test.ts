import { listSchedules } from '@tmux-orchestrator/scheduler-db'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CommandsRoom, commandsRoom, commit, id } from './commands-room.ts'
import { brief, createPlan } from './temporary-ledger.ts'

let room: CommandsRoom

beforeEach(async () => {
  room = await commandsRoom()
})
afterEach(() => room[Symbol.asyncDispose]())

describe('check-ins', () => {
  const futures = async () => (await listSchedules(room.store.db)).map((one) => [one.name, one.nextAt])

  it('are one in the future per running agent, and none once it is done', async () => {
    await room.start()
    const at = room.now() + 600_000
    const all = ['dev1', 'dev2', 'lead'].map((name) => [`check-in:${id}/${name}`, at])
    expect((await futures()).toSorted()).toEqual(all)
    await brief(room.ledger, id, 'dev1')
    expect(await futures()).toHaveLength(3)
    await room.ledger.command('branch.state', { id, name: 'dev1', state: 'reported', commit })
    await room.integrated('dev1')
    expect((await futures()).map(([name]) => name)).not.toContain(`check-in:${id}/dev1`)
    expect(await futures()).toHaveLength(2)
  })

  it.each(['completed', 'failed', 'stopped'] as const)('are none after the end as %s', async (end) => {
    await room.start()
    await room.ledger.command('orchestration.state', { id, state: end })
    expect(await futures()).toEqual([])
    room.pass(3_600_000)
    expect(await room.ledger.command('jobs.tick', null)).toMatchObject({ fired: 0 })
  })

  it('fire once for all the time that was slept through, and stay one in the future', async () => {
    await room.start({ agents: createPlan().agents.slice(1, 2) })
    room.pass(5 * 600_000 + 1)
    expect(await room.ledger.command('jobs.tick', null)).toMatchObject({ fired: 1 })
    const [only, ...others] = await futures()
    expect(others).toEqual([])
    expect(Number(only?.[1])).toBeGreaterThan(room.now())
  })
})

describe('schedules', () => {
  it('that are for once, or a cron line, are listed until they are cancelled', async () => {
    await room.start()
    const add = (when: string) =>
      room.ledger.command('schedule.add', { id, target: 'dev1', when, note: 'look', tz: 'UTC' })
    const once = await add('10m')
    const cron = await add('0 12 * * *')
    expect([once.nextAt, cron.nextAt]).toEqual([room.now() + 600_000, Date.parse('2026-01-31T12:00:00Z')])
    const notes = async () =>
      (await room.ledger.query('schedules', { id })).schedules
        .filter((one) => one.note === 'look')
        .map((one) => one.name)
    expect((await notes()).toSorted()).toEqual([once.name, cron.name].toSorted())
    for (const { name } of [once, cron]) {
      expect(await room.ledger.command('schedule.cancel', { name })).toEqual({ cancelled: true })
      await expect(room.ledger.command('schedule.cancel', { name })).rejects.toMatchObject({
        code: 'NO_SUCH_SCHEDULE',
      })
    }
    expect(await notes()).toEqual([])
  })

  it('of check-ins cannot be cancelled by name', async () => {
    await room.start()
    await expect(
      room.ledger.command('schedule.cancel', { name: `check-in:${id}/dev1` }),
    ).rejects.toMatchObject({
      code: 'NO_SUCH_SCHEDULE',
    })
  })
})

describe('the breaker of an agent', () => {
  const exit = (counted = true) =>
    room.ledger.command('agent.exited', { id, name: 'dev1', cause: 'status 1', counted, ended: null })

  it('opens at the sixth counted exit within ten minutes, and says why', async () => {
    await room.start()
    for (let index = 0; index < 5; index += 1) expect(await exit()).toEqual({ breaker: 'closed' })
    expect((await room.desired()).openBreakers).toEqual([])
    expect(await exit()).toEqual({ breaker: 'open' })
    expect((await room.desired()).openBreakers).toEqual([{ agent: 'dev1', reason: 'status 1' }])
  })

  it('counts neither exits that were not the agent’s, nor those of an earlier window', async () => {
    await room.start()
    for (let index = 0; index < 8; index += 1) expect(await exit(false)).toEqual({ breaker: 'closed' })
    for (let index = 0; index < 5; index += 1) await exit()
    room.pass(10 * 60_000 + 1)
    expect(await exit()).toEqual({ breaker: 'closed' })
    expect((await room.agent('dev1'))?.exits).toBe(14)
  })

  it('stays open until a person brings the run back', async () => {
    await room.start()
    for (let index = 0; index < 6; index += 1) await exit()
    room.pass(10 * 60_000 + 1)
    expect(await exit()).toEqual({ breaker: 'open' })
    await room.ledger.command('orchestration.desire', { id, desired: 'run', cause: 'resume' })
    expect((await room.desired()).openBreakers).toEqual([])
    expect(await exit()).toEqual({ breaker: 'closed' })
  })
})
