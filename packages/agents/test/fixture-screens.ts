import { readFileSync } from 'node:fs'
import type { Finding } from '../src/activity.ts'

type Program = 'claude' | 'codex' | 'gemini' | 'opencode'
type Expected = Partial<Finding> & { readonly state: Finding['state'] }

const fixtures = new URL('../fixtures/', import.meta.url)

export function fixtureScreen(program: Program, name: string): string {
  return readFileSync(new URL(`${program}/${name}.ansi`, fixtures), 'utf8')
}

export function fixtureTitle(program: Program, name: string): string {
  return readFileSync(new URL(`${program}/${name}.title`, fixtures), 'utf8').replace(/\n$/, '')
}

const idle = { state: 'idle' } as const
const working = { state: 'working' } as const
const asks = { state: 'blocked-permission' } as const
const start = { state: 'waiting-input' } as const
const failed = <const E extends string>(error: E): { readonly state: 'error'; readonly error: E } => ({
  state: 'error',
  error,
})
/** A screen that a program left behind: whether it runs is for its process to say. */
const gone = { state: 'unknown' } as const

/** What each recorded screen shows by itself. */
export const expectations: Readonly<Record<Program, Readonly<Record<string, Expected>>>> = {
  claude: {
    'apikey-approval': start,
    'bypass-dialog': start,
    'crashed-sigkill': gone,
    'error-400-generic': failed('invalid-request'),
    'error-401': failed('authentication'),
    'error-429': failed('rate-limit'),
    'error-500': failed('server'),
    'error-credit': failed('credit'),
    // The stream broke off and Claude Code took what it had for the answer.
    'error-drop': idle,
    'error-toolong': failed('context-full'),
    exited: gone,
    'exited-onboarding-no-network': gone,
    idle,
    'idle-after-turn': idle,
    'idle-bypass': idle,
    'idle-clean': idle,
    'idle-first': idle,
    'permission-bash': asks,
    'permission-write': asks,
    question: start,
    // A question like any other; its transcript tells that it is a limit.
    'rate-limit-options': start,
    'retrying-429': working,
    'starting-blank': { state: 'starting' },
    'trust-dialog': start,
    'usage-limit-subscription': {
      state: 'limited',
      resetAt: Date.parse('2026-11-22T17:20:00Z'),
      continuesItself: true,
    },
    working,
    'working-with-queue': working,
  },
  codex: {
    'error-401': failed('authentication'),
    'error-429': failed('rate-limit'),
    'error-credit': failed('credit'),
    'error-drop': failed('network'),
    'error-usage': { state: 'limited', resetAt: Date.parse('2026-11-22T16:26:00Z') },
    'first-start': start,
    'hooks-review': start,
    idle,
    'model-migration-dialog': start,
    permission: asks,
    'permission-lines': asks,
    'permission-long': asks,
    'retrying-429': working,
    'trust-dialog': start,
    working,
  },
  gemini: {
    'auth-dialog': start,
    'error-401': failed('authentication'),
    idle,
    'idle-yolo': idle,
    permission: asks,
    'retrying-429': working,
    'trust-dialog': start,
    'usage-limit': start,
    working,
  },
  opencode: {
    'error-401': failed('authentication'),
    idle,
    permission: asks,
    'retrying-429': working,
    'retrying-drop': working,
    working,
    'working-2': working,
  },
}

export function statesOf(): readonly (readonly [Program, string, Expected])[] {
  const programs = ['claude', 'codex', 'gemini', 'opencode'] as const
  return programs.flatMap((program) =>
    Object.entries(expectations[program]).map(([name, expected]) => [program, name, expected] as const),
  )
}
