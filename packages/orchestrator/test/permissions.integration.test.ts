import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PermissionAsk } from '@tmux-orchestrator/agents'
import { openStore } from '@tmux-orchestrator/scheduler-db'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { orchestratorMigrations } from '../src/migrations.ts'
import type { OrchestratorTables } from '../src/tables.ts'
import { type CommandsRoom, commandsRoom, id } from './commands-room.ts'
import { type EngineRoom, engineRoom } from './engine-room.ts'

const patience = { timeout: 60_000, interval: 20 }

describe('what an agent asks', () => {
  let room: CommandsRoom
  beforeEach(async () => {
    room = await commandsRoom()
    await room.start()
  })
  afterEach(() => room[Symbol.asyncDispose]())

  const ask = (request: string, change: Partial<PermissionAsk> = {}): PermissionAsk => {
    const asked = { id: request, tool: 'Bash', subject: `make ${request}`, askedAt: room.now() }
    return { ...asked, isPartial: false, isQuestion: false, ...change }
  }
  const see = (...asks: readonly PermissionAsk[]) =>
    room.ledger.command('permission.seen', { id, name: 'dev1', asks })
  const settle = (request: string) =>
    room.ledger.command('permission.settle', {
      id,
      name: 'dev1',
      request,
      state: 'allowed',
      by: 'you',
      rule: null,
    })
  const events = async () =>
    (await room.ledger.query('events', { after: 0, limit: 1000, stream: id })).events
      .filter((event) => event.kind.startsWith('permission:'))
      .map((event) => [event.kind, event.data])
  const waiting = async () => (await room.ledger.query('status', { id })).permissions

  it('is written down once, waits, and is settled once with the time that it took', async () => {
    await see(ask('1'))
    await see(ask('1'), ask('2'))
    expect((await waiting()).map(({ request }) => request)).toEqual(['1', '2'])
    room.pass(90_000)
    expect(await settle('1')).toEqual({ settled: true, waitedMs: 90_000 })
    expect(await settle('1')).toEqual({ settled: false, waitedMs: 0 })
    expect(await settle('none')).toEqual({ settled: false, waitedMs: 0 })
    expect((await waiting()).map(({ request }) => request)).toEqual(['2'])
    expect((await events()).map(([kind]) => kind)).toEqual([
      'permission:asked',
      'permission:asked',
      'permission:allowed',
    ])
    expect((await events())[2]?.[1]).toMatchObject({ by: 'you', waitedMs: 90_000 })
  })

  it('is gone when it is no longer asked, and waits again when it is asked after all', async () => {
    await see(ask('1'))
    room.pass(1_000)
    await see()
    expect(await waiting()).toEqual([])
    await see(ask('1'))
    expect((await waiting()).map(({ request }) => request)).toEqual(['1'])
    room.pass(90_000)
    expect((await settle('1')).waitedMs).toBe(91_000)
    await see()
    await see(ask('1'))
    expect(await waiting(), 'it was answered').toEqual([])
    const kinds = ['permission:asked', 'permission:gone', 'permission:asked', 'permission:allowed']
    expect((await events()).map(([kind]) => kind)).toEqual(kinds)
  })

  it('waits for nobody once the team has ended', async () => {
    await see(ask('1'))
    await room.ledger.command('orchestration.state', { id, state: 'stopped' })
    expect(await waiting()).toEqual([])
  })
})

describe('a database of before', () => {
  it('keeps its teams, which ask a human for everything', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tmo-'))
    const [first] = orchestratorMigrations.migrations
    if (!first) throw new Error('no migration')
    const url = `sqlite:${join(folder, 'tmo.db')}`
    try {
      const old = await openStore<OrchestratorTables>({
        url,
        migrations: [{ package: 'orchestrator', migrations: [first] }],
      })
      await old.transaction(async (tx) => {
        await tx.insertInto('project').values({ id: 'p', path: '/p', name: 'p', created_at: 1 }).execute()
        await sql`INSERT INTO orchestration (id, project_id, spec_path, spec_title, state, desired, base_branch, base_commit,
            branch_prefix, program, program_options, verify_timeout_ms, merge, brief_timeout_ms, host, session_name, created_at)
          VALUES ('a', 'p', '/s', 'S', 'running', 'run', 'main', 'b', 'tmo', 'sim', '{}', 0, 'none', 0, 'here', 'tmo-a', 1)`.execute(
          tx,
        )
      })
      await old.close()
      await using now = await openStore<OrchestratorTables>({ url, migrations: [orchestratorMigrations] })
      expect(await now.db.selectFrom('orchestration').selectAll().execute()).toMatchObject([
        { id: 'a', program: 'sim', permission_policy: null },
      ])
      expect(await now.db.selectFrom('permission').selectAll().execute()).toEqual([])
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('an answer', () => {
  let room: EngineRoom
  beforeEach(async () => {
    room = await engineRoom()
    await room.start(1)
    await expect.poll(() => room.screen('dev1'), patience).toContain('ready')
  })
  afterEach(() => room[Symbol.asyncDispose]())

  const answer = (target: string, as?: { agent: string; token: string }) =>
    room.engine.handle({ name: 'permission.answer', args: { target, decision: 'allow' }, ...(as && { as }) })

  it('to a program that offers nothing is refused, and nothing is typed', async () => {
    const before = await room.screen('dev1')
    await expect(answer(`${id}/dev1`)).rejects.toMatchObject({
      code: 'WRONG_STATE',
      message: expect.stringContaining('its own window only'),
      hint: `tmo attach ${id}/dev1`,
    })
    expect((await room.screen('dev1')).startsWith(before.trimEnd())).toBe(true)
  })

  it('of an agent is refused also with its own secret, and one to nobody says who there is', async () => {
    const token = (await room.desired()).agents[0]?.token ?? ''
    const as = { agent: `${id}/dev1`, token }
    await expect(answer(`${id}/dev1`, as)).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await expect(answer(`${id}/dev9`)).rejects.toMatchObject({
      code: 'NO_SUCH_AGENT',
      hint: expect.stringContaining('dev1'),
    })
    await expect(answer(id)).rejects.toMatchObject({ code: 'BAD_ARGUMENT' })
  })
})
