import { describe, expect, it } from 'vitest'
import { isAlive, Room, waitFor } from './room.ts'
import { startTeam } from './stand-in-claude.ts'

interface Limits {
  readonly timeZone: string
  readonly limits: readonly {
    readonly agent: string
    readonly resetAt: string | null
    readonly resumeAt: string | null
    readonly atReset: string
  }[]
}

const limits = async (room: Room) => (await room.json<Limits>(['credits', 'status'])).limits
const untilLimited = (room: Room) => waitFor('the limit', async () => (await limits(room)).length === 1)
const untilFree = (room: Room) => waitFor('no limit', async () => (await limits(room)).length === 0)

/** What was said of limits, as `tmo logs` prints it. */
async function told(room: Room, id: string): Promise<string[]> {
  const { stdout } = await room.tmo(['logs', id])
  return stdout.split('\n').flatMap((line) => /\slimit:(\w+)/.exec(line)?.[1] ?? [])
}

async function kill(room: Room): Promise<void> {
  const pid = await waitFor('the daemon', () => room.daemonPid())
  process.kill(pid, 'SIGKILL')
  await waitFor('its end', () => !isAlive(pid))
}

/** Whole seconds, as the program's record has them. */
const inSeconds = (seconds: number) => (Math.floor(Date.now() / 1000) + seconds) * 1000

describe('an agent that runs into a limit', () => {
  it('is told to go on once after the reset, although the daemon was killed meanwhile', async () => {
    await using room = new Room()
    const { id, claude } = await startTeam(room)
    const resetAt = inSeconds(6)
    await claude.limit(resetAt)
    await untilLimited(room)
    expect(await limits(room)).toMatchObject([
      { agent: `${id}/developer`, resetAt: new Date(resetAt).toISOString(), atReset: 'resumed' },
    ])
    await kill(room)
    await room.json(['list'])
    await waitFor('the resume', async () => (await told(room, id)).includes('resumed'))
    expect(Date.now()).toBeGreaterThanOrEqual(resetAt)
    await kill(room)
    await room.json(['list'])
    await claude.work({ input_tokens: 1, output_tokens: 1 })
    await waitFor('its end', async () => (await told(room, id)).includes('over'))
    expect(await told(room, id)).toEqual(['seen', 'resumed', 'over'])
  })

  it('is left alone where its program goes on by itself, or a person forgot the limit', async () => {
    await using room = new Room()
    const { id, claude } = await startTeam(room)
    await claude.limit(inSeconds(4), { continues: true })
    await untilLimited(room)
    expect(await limits(room)).toMatchObject([{ atReset: 'continues-itself', resumeAt: null }])
    expect((await room.tmo(['credits', 'status'])).stdout).toContain('its program goes on by itself')
    await claude.work({ input_tokens: 1, output_tokens: 1 })
    await untilFree(room)

    await claude.limit(inSeconds(3600))
    await untilLimited(room)
    const shown = await room.tmo(['credits', 'status'], { env: { TZ: 'Asia/Tokyo' } })
    expect(shown.stdout).toMatch(/\d\d:\d\d \(Asia\/Tokyo\), in \d+ m .*told to go on, once, at/)
    const dry = await room.tmo(['credits', 'clear', `${id}/developer`, '--dry-run'])
    expect([dry.code, dry.stdout]).toEqual([0, `would forget the limit of ${id}/developer\n`])
    const unasked = await room.tmo(['credits', 'clear', `${id}/developer`])
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('hint: add --yes')])
    expect(await limits(room)).toHaveLength(1)
    const { stdout } = await room.tmo(['logs', id])
    expect(stdout).toContain('limit:seen')
    expect((await room.tmo(['credits', 'clear', `${id}/developer`, '--yes'])).code).toBe(0)
    expect(await limits(room)).toEqual([])
    const again = await room.tmo(['credits', 'clear', `${id}/developer`])
    expect([again.code, again.stderr]).toEqual([1, expect.stringMatching(/no limit to forget[\s\S]*hint: /)])
    expect(await told(room, id)).toEqual(['seen', 'over', 'seen', 'cleared'])
  })

  it('has its place in the plan, and cannot forget its limit itself', async () => {
    await using room = new Room()
    const { id, claude } = await startTeam(room)
    const plan = async () =>
      await room.json<{ carries: number; agents: readonly object[] }>(['credits', 'plan', '--plan', 'pro'])
    expect(await plan()).toMatchObject({ carries: 3, agents: [{ agent: `${id}/developer`, when: 'now' }] })
    await claude.limit(inSeconds(3600))
    await untilLimited(room)
    expect(await plan()).toMatchObject({ agents: [{ when: 'at', at: expect.stringMatching(/Z$/) }] })
    const env = { TMO_AGENT: `${id}/developer`, TMO_TOKEN: 'guessed' }
    const tried = await room.tmo(['credits', 'clear', '--all', '--yes'], { env })
    expect([tried.code, tried.stderr]).toEqual([1, expect.stringMatching(/secret|may not/)])
    expect(await limits(room)).toHaveLength(1)
  })
})

interface Cost {
  readonly orchestrations: readonly {
    readonly id: string
    readonly agents: readonly object[]
    readonly total: { readonly inputTokens: number | null }
  }[]
}

describe('what a team costs', () => {
  it('is read from the records of its programs, and still known when they are cleaned away', async () => {
    await using room = new Room()
    const { id, claude } = await startTeam(room)
    const used = { input_tokens: 100, cache_read_input_tokens: 2_000, output_tokens: 30 }
    await claude.work(used)
    await claude.work(used)
    const read = async () => (await room.json<Cost>(['cost', id])).orchestrations
    expect(await read()).toMatchObject([
      {
        id,
        agents: [
          {
            name: 'developer',
            model: 'fable-1',
            turns: 1,
            inputTokens: 200,
            cachedInputTokens: 4_000,
            outputTokens: 60,
            costUsd: null,
            context: { tokens: 2_130, usedRatio: null },
            injected: { count: 1 },
          },
        ],
      },
    ])
    const table = (await room.tmo(['cost'])).stdout
    expect(table).toMatch(/developer +1 +200 +4\.0k +60 +- +2\.1k +1 texts, ~\d/)
    await room.json(['stop', id])
    await room.json(['clean', id, '--yes'])
    expect((await room.tmo(['cost'])).stdout).toBe('no orchestrations\n')
    expect((await read())[0]?.total.inputTokens).toBe(200)
    expect((await room.json<Cost>(['cost', '--all'])).orchestrations).toHaveLength(1)
    const nobody = await room.tmo(['cost', 'nobody-abcd'])
    expect([nobody.code, nobody.stderr]).toEqual([1, expect.stringMatching(/no orchestration[\s\S]*--all/)])
  })

  it('is nothing for simulated agents, whose turns and time are counted', async () => {
    await using room = new Room()
    const project = await room.example()
    const argv = ['--project', project, '--spec', `${project}/spec.md`, '--agent', 'sim', '--wait']
    const { id } = await room.json(['run', ...argv])
    const [team] = (await room.json<Cost>(['cost', id])).orchestrations
    expect(team?.total).toMatchObject({ inputTokens: 0, costUsd: 0, atLeast: [] })
    for (const agent of team?.agents ?? []) expect(agent).toMatchObject({ turns: expect.any(Number) })
    expect((await room.tmo(['cost', id])).stdout).toMatch(/total .*\$0\.00 /)
  })
})
