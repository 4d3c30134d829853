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
  readonly files?: (place: Place) => Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  /** By hand: the adapter's own launch keeps this question away. */
  readonly argv?: readonly string[]
  /** What the adapter says of it before a start, where it can tell. */
  readonly problem?: RegExp
  /** What the program asks when it is started all the same; nothing where it ends. */
  readonly asks?: RegExp
}

const onboarded = { hasCompletedOnboarding: true, hasSeenAutoDefaultNotice: true }
const trusting = (project: string): object => ({ projects: { [project]: { hasTrustDialogAccepted: true } } })
const claudeFiles = (config: object): Readonly<Record<string, string>> => ({
  '.claude.json': JSON.stringify({ ...onboarded, ...config }),
})
const provider = [
  ...['model_provider = "simulated"', 'model = "gpt-5.5"', 'check_for_update_on_startup = false'],
  ...['[features]', 'daemon_auto_start = false'],
  ...['[model_providers.simulated]', 'name = "simulated"', 'base_url = "http://127.0.0.1:9/v1"'],
  'env_key = "SIMULATED_KEY"',
].join('\n')
const trusted = ({ project }: Place): string =>
  `${provider}\n[projects."${project}"]\ntrust_level = "trusted"\n`
const strangeHook = JSON.stringify({
  hooks: { Stop: [{ hooks: [{ type: 'command', command: 'true' }] }] },
})
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
      files: () => claudeFiles({}),
      problem: /has not been told to trust/,
      asks: /Accessing workspace/,
    },
    {
      missing: 'allowed the API key',
      program,
      files: ({ project }) => claudeFiles(trusting(project)),
      problem: /has not been allowed to use ANTHROPIC_API_KEY/,
      asks: /Detected a custom API key/,
    },
    {
      missing: 'accepted its bypass mode',
      program,
      files: ({ project }) => claudeFiles(trusting(project)),
      env: { ANTHROPIC_API_KEY: '', CLAUDE_CODE_OAUTH_TOKEN: 'dummy', IS_SANDBOX: '1' },
      argv: ['claude', '--dangerously-skip-permissions'],
      asks: /running in Bypass Permissions mode/,
    },
    // without a network it ends there
    { missing: 'ever started it', program, problem: /was never set up/ },
  ],
  codex: (program) => [
    { missing: 'logged in', program, problem: /is not logged in/, asks: /Welcome to Codex/ },
    {
      missing: 'trusted the folder',
      program,
      files: () => ({ '.codex/config.toml': provider }),
      problem: /has not been told to trust/,
      asks: /trust/i,
    },
    {
      missing: 'looked at the hooks',
      program,
      files: (place) => ({ '.codex/config.toml': trusted(place), '.codex/hooks.json': strangeHook }),
      asks: /need review/i,
    },
    {
      missing: 'heard of a new model',
      program,
      files: (place) => ({ '.codex/config.toml': trusted(place) }),
      argv: ['codex'],
      asks: /new model/i,
    },
  ],
  gemini: (program) => [
    {
      missing: 'trusted the folder',
      program,
      files: () => ({ '.gemini/settings.json': settings(true) }),
      problem: /has not been told to trust/,
      asks: /Do you trust/,
    },
    {
      missing: 'logged in',
      program,
      files: () => ({ '.gemini/settings.json': settings(false) }),
      env: { GEMINI_API_KEY: '' },
      problem: /is not logged in/,
      asks: /authenticat/,
    },
  ],
}
const starts = programsOfTheDay.flatMap((program) => startsOf[program.name]?.(program) ?? [])

function seed({ files }: Start): RealProgram['seed'] {
  return async (place: Place) => {
    for (const [name, text] of Object.entries(files?.(place) ?? {})) {
      const path = join(place.home, name)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, text, { mode: 0o600 })
    }
  }
}

describe.each(starts)('$program.name $program.version, whose user has not $missing', (start) => {
  const { program, problem, asks, env, argv } = start

  it.skipIf(!program.isHere)(
    `is said to be ${problem ? 'not ready' : 'ready'}; started all the same it is never idle, and takes no message`,
    async () => {
      await using room = await openRoom({ ...program, seed: seed(start) }, env ? { env } : {})
      const problems = problem && [
        expect.objectContaining({ what: expect.stringMatching(problem), remedy: expect.any(String) }),
      ]
      expect(await room.adapter.detect({ project: room.project })).toMatchObject(
        problems ? { status: 'not-ready', problems: expect.arrayContaining(problems) } : { status: 'ready' },
      )
      const brief = `[brief ${newToken('b')}] Wait.`
      const agent = await room.launch({ brief, ...(argv && { argv }) })
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
