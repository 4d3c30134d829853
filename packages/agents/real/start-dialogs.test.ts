import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { newToken } from './agent.ts'
import { type Place, programsOfTheDay, type RealProgram } from './programs.ts'
import { openRoom } from './room.ts'
import { watchedIo } from './watched-io.ts'

interface Start {
  /** What the user has not done. */
  readonly missing: string
  readonly program: RealProgram
  /** Its settings so far. */
  readonly file?: readonly [path: string, text: string]
  readonly env?: Readonly<Record<string, string>>
  /** What the adapter says of it before a start. */
  readonly problem: RegExp
  /** What the program asks when it is started all the same; nothing where it ends. */
  readonly asks?: RegExp
}

const onboarded = { hasCompletedOnboarding: true, hasSeenAutoDefaultNotice: true }
const provider = [
  ...['model_provider = "simulated"', 'check_for_update_on_startup = false'],
  ...['[model_providers.simulated]', 'name = "simulated"', 'base_url = "http://127.0.0.1:9/v1"'],
  'env_key = "SIMULATED_KEY"',
].join('\n')
const settings = (trusts: boolean): string =>
  JSON.stringify({
    security: { folderTrust: { enabled: trusts }, auth: trusts ? { selectedType: 'gemini-api-key' } : {} },
    general: { disableAutoUpdate: true },
  })

/** What each program asks of somebody who has not set it up. opencode asks nothing. */
const startsOf: Readonly<Record<string, (program: RealProgram) => readonly Start[]>> = {
  claude: (program) => [
    {
      missing: 'trusted the folder',
      program,
      file: ['.claude.json', JSON.stringify(onboarded)],
      problem: /has not been told to trust/,
      asks: /Accessing workspace/,
    },
    // without a network it ends there
    { missing: 'ever started it', program, problem: /was never set up/ },
  ],
  codex: (program) => [
    { missing: 'logged in', program, problem: /is not logged in/, asks: /Welcome to Codex/ },
    {
      missing: 'trusted the folder',
      program,
      file: ['.codex/config.toml', provider],
      problem: /has not been told to trust/,
      asks: /trust/i,
    },
  ],
  gemini: (program) => [
    {
      missing: 'trusted the folder',
      program,
      file: ['.gemini/settings.json', settings(true)],
      problem: /has not been told to trust/,
      asks: /Do you trust/,
    },
    {
      missing: 'logged in',
      program,
      file: ['.gemini/settings.json', settings(false)],
      env: { GEMINI_API_KEY: '' },
      problem: /is not logged in/,
      asks: /authenticat/,
    },
  ],
}
const starts = programsOfTheDay.flatMap((program) => startsOf[program.name]?.(program) ?? [])

function seed({ file }: Start): RealProgram['seed'] {
  return async ({ home }: Place) => {
    if (!file) return
    const path = join(home, file[0])
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, file[1], { mode: 0o600 })
  }
}

describe.each(starts)('$program.name $program.version, whose user has not $missing', (start) => {
  const { program, problem, asks, env } = start

  it.skipIf(!program.isHere)(
    'is said to be not ready; started all the same it is never idle, and takes no message',
    async () => {
      await using room = await openRoom({ ...program, seed: seed(start) }, env ? { env } : {})
      expect(await room.adapter.detect({ project: room.project })).toMatchObject({
        status: 'not-ready',
        problems: expect.arrayContaining([
          expect.objectContaining({ what: expect.stringMatching(problem), remedy: expect.any(String) }),
        ]),
      })
      const agent = await room.launch({ brief: `[brief ${newToken('b')}] Wait.` })
      await agent.untilSo((seen) => {
        expect(seen.state).not.toBe('idle')
        return seen.state === (asks ? 'waiting-input' : 'exited')
      }, 'its question')
      if (asks) {
        expect(await agent.reading()).toMatchObject({ kind: 'dialog', asks: 'start' })
        expect(await agent.screen()).toMatch(asks)
      }
      if (!asks) await agent.untilDead()
      const io = watchedIo(room.tmux)
      const reason = asks ? 'dialog' : 'dead-pane'
      expect(await agent.send('hello', { tmux: io })).toMatchObject({ status: 'refused', reason })
      expect([io.pastes, io.presses, room.model.requests()]).toEqual([[], [], []])
    },
  )
})
