import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AgentHome, fireHook, openAgentHome } from '../test/agent-home.ts'
import { execWords } from '../test/exec-words.ts'
import { fixtureScreen, fixtureTitle } from '../test/fixture-screens.ts'
import type { Activity } from './activity.ts'
import type { LaunchPlan } from './adapter.ts'
import { CodexAdapter } from './codex.ts'
import { digestOf } from './codex-hooks.ts'
import { isRolloutInput, RolloutTally, rolloutSignal } from './codex-rollout.ts'
import { isObject } from './json.ts'

const rollout = readFileSync(new URL('../fixtures/codex/transcript-errors.jsonl', import.meta.url), 'utf8')
const lines = rollout.trim().split('\n')
const own = '01a203db-dff0-7bc3-bed9-7ef609662441'

let home: AgentHome
beforeEach(() => {
  home = openAgentHome()
  home.install('codex', 'codex-cli 0.169.0')
})
afterEach(() => home[Symbol.dispose]())

const codex = (more: Record<string, string> = {}): CodexAdapter => new CodexAdapter({ ...home.env, ...more })

/** The settings that travel in argv, as Codex reads them. */
function settingsOf(argv: readonly string[]): Record<string, unknown> {
  const values = argv.flatMap((word, index) => (argv[index - 1] === '-c' ? [word] : []))
  return Object.assign({}, ...values.map((line) => flat(line)))
}

function flat(line: string): Record<string, unknown> {
  const key = line.slice(0, line.indexOf('='))
  const value: unknown = parse(`x = ${line.slice(key.length + 1)}`)['x']
  return { [key]: value }
}

function commandOf(argv: readonly string[], event: string): string {
  const groups = settingsOf(argv)[`hooks.${event}`]
  const found = /"command":("(?:[^"\\]|\\.)*")/.exec(JSON.stringify(groups))?.[1]
  return String(JSON.parse(found ?? '""'))
}

/** Starts in a test: prepares, and fires the events of a first turn with a rollout that is written by the test. */
async function started(
  rolloutText: string | (() => string),
): Promise<{ fire: (event: string, more?: object) => void }> {
  const { argv } = await codex().prepare(home.request())
  const path = home.write(
    `.codex/sessions/2026/11/22/rollout-${own}.jsonl`,
    typeof rolloutText === 'string' ? rolloutText : rolloutText(),
  )
  const fire = (event: string, more: object = {}): void => {
    const base = { session_id: own, transcript_path: path, hook_event_name: event }
    expect(fireHook(commandOf(argv, event), { ...base, ...more })).toBe('')
  }
  return { fire }
}

const ends = lines.flatMap((line, index) => (line.includes('"type":"task_complete"') ? [index + 1] : []))
/** The lines up to the turn that ended with a limit. */
const limitedAt = ends[3] ?? 0

/** The recorded rollout as if it had been written now. */
function fresh(until: number): string {
  return lines
    .slice(0, until)
    .map((line) => line.replace(/"timestamp":"2026[^"]*"/, `"timestamp":"${new Date().toISOString()}"`))
    .join('\n')
    .concat('\n')
}

describe('detect', () => {
  it('is ready with a login and a trusted repository', async () => {
    home.write('.codex/auth.json', { tokens: {} })
    home.write('.codex/config.toml', `[projects."${home.project}"]\ntrust_level = "trusted"\n`)
    expect(await codex().detect({ project: home.project })).toMatchObject({
      status: 'ready',
      version: '0.169.0',
    })
  })

  it('names what is missing, with its remedy', async () => {
    const found = await codex().detect({ project: home.project })
    if (found.status !== 'not-ready') throw new Error(found.status)
    expect(found.problems.map(({ what }) => what)).toEqual([
      expect.stringContaining('not logged in'),
      expect.stringContaining('trust'),
    ])
  })

  it('needs no login for a provider of the user’s own, but its key', async () => {
    home.write('.codex/config.toml', 'model_provider = "x"\n[model_providers.x]\nenv_key = "X_KEY"\n')
    expect(await codex().detect()).toMatchObject({ problems: [{ what: expect.stringContaining('X_KEY') }] })
    expect(await codex({ X_KEY: 'dummy' }).detect()).toMatchObject({ status: 'ready' })
  })

  it('says of a version that was never tested that it is only watched', async () => {
    home.write('.codex/auth.json', { tokens: {} })
    home.install('codex', 'codex-cli 9.1.0')
    expect(await codex().detect()).toMatchObject({
      status: 'ready',
      watchedOnly: expect.stringContaining('9.1.0'),
    })
  })

  it('reports settings that are no TOML', async () => {
    home.write('.codex/config.toml', 'model = ')
    expect(await codex().detect()).toMatchObject({ status: 'not-ready', problems: [{ what: /./ }] })
  })
})

describe('trust', () => {
  it('adds one table, keeps comments and all else, and a copy of the file as it was', async () => {
    home.write('.codex/config.toml', '# mine\nmodel = "gpt-5.5"\n')
    await codex().trust(home.project)
    const text = home.read('.codex/config.toml')
    expect(text.startsWith('# mine\nmodel = "gpt-5.5"\n')).toBe(true)
    expect(parse(text)).toEqual({
      model: 'gpt-5.5',
      projects: { [home.project]: { trust_level: 'trusted' } },
    })
    expect(home.read('.codex/config.toml.tmo-backup')).toBe('# mine\nmodel = "gpt-5.5"\n')
    await codex().trust(home.project)
    expect(home.read('.codex/config.toml')).toBe(text)
  })

  it.each([['model = '], ['[projects."PROJECT"]\ntrust_level = "untrusted"\n']])(
    'leaves %j as it is',
    async (text) => {
      const before = text.replace('PROJECT', home.project)
      home.write('.codex/config.toml', before)
      await expect(codex().trust(home.project)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
      expect(home.read('.codex/config.toml')).toBe(before)
    },
  )
})

describe('prepare', () => {
  const trust = (): string =>
    home.write('.codex/config.toml', `[projects."${home.project}"]\ntrust_level = "trusted"\n`)

  it('starts without a question, with all settings in argv and the brief behind them', async () => {
    const plan = await codex().prepare(home.request({ brief: '[brief tmo-b-1234] go', model: 'gpt-5.5' }))
    expect(plan).toMatchObject({ briefed: 'argument', env: { TMO_TOKEN: 'secret-token' } })
    expect(plan.argv.slice(-2)).toEqual(['[brief tmo-b-1234] go', '--no-daemon'])
    expect(plan.argv.join(' ')).toContain(
      '--ask-for-approval on-request --sandbox workspace-write --model gpt-5.5',
    )
    expect(plan.argv.join(' ')).not.toContain('secret-token')
    expect(settingsOf(plan.argv)).toMatchObject({ check_for_update_on_startup: false })
    expect(existsSync(join(home.root, '.codex'))).toBe(false)
  })

  it('gives the server in its pane the same settings, and no brief', async () => {
    trust()
    const { argv } = await codex().prepare(home.request({ brief: '[brief tmo-b-1234] go' }))
    expect(argv.slice(0, 4)).toEqual([
      ...['/bin/sh', join(home.stateDir, 'codex.sh'), home.stateDir, join(home.root, 'bin', 'codex')],
    ])
    const words = execWords(join(home.stateDir, 'codex-server.sh'))
    expect(words.slice(0, 2)).toEqual([join(home.root, 'bin', 'codex'), 'app-server'])
    const permissions = { approval_policy: 'on-request', sandbox_mode: 'workspace-write' }
    expect(settingsOf(words)).toEqual({ ...settingsOf(argv), ...permissions })
    expect(words.slice(-2)).toEqual(['--listen', `unix://${join(home.stateDir, 'codex-server')}`])
  })

  it('runs without the server where that does not start, and where Codex would ask for trust', async () => {
    const plan = await codex().prepare(home.request({ brief: '[brief tmo-b-1234] go' }))
    trust()
    const { argv } = await codex().prepare(home.request({ brief: '[brief tmo-b-1234] go' }))
    const words = argv.slice(4)
    expect(plan.argv).toEqual([argv[3], ...words, '--no-daemon'])
    expect(execWords(join(home.stateDir, 'codex-alone.sh'), ...words)).toEqual([
      ...['PROGRAM', ...words, '--no-daemon'],
    ])
  })

  it('trusts its own hooks by the digest of each, and no other', async () => {
    const { argv } = await codex().prepare(home.request())
    const state = settingsOf(argv)['hooks.state']
    if (!isObject(state)) throw new Error('no state')
    expect(state['/<session-flags>/config.toml:stop:0:0']).toEqual({
      trusted_hash: digestOf('stop', commandOf(argv, 'Stop')),
    })
    expect(Object.keys(state)).toHaveLength(5)
  })

  it('knows the digest that Codex 0.169 computes', () => {
    expect(digestOf('session_start', '/tmp/ad-real/hook.sh SessionStart')).toBe(
      'sha256:b12b7ab6a28414b0614c5fe9bb9c6dd79b1d4b78841ed82eae64ee3ac7d49b3b',
    )
  })

  it.each([
    [{ permissionMode: 'yolo' }, 'BAD_OPTION'],
    [{ options: { sandbox: 'none' } }, 'BAD_OPTION'],
    [{ options: { colour: 'red' } }, 'BAD_OPTION'],
    [{ brief: '--yolo' }, 'UNSAFE_MESSAGE'],
    [{ mode: 'resume' as const }, 'NO_CONVERSATION'],
  ])('refuses %j', async (more, code) => {
    await expect(codex().prepare(home.request(more))).rejects.toMatchObject({ code })
  })

  it('resumes the conversation by the id that Codex gave it', async () => {
    const { fire } = await started(rollout)
    fire('SessionStart')
    expect(await codex().conversation(home.handle)).toBe('present')
    const plan = await codex().prepare(home.request({ mode: 'resume' }))
    expect(plan.argv.slice(1, 3)).toEqual(['resume', own])
    trust()
    const again = (more: object): Promise<LaunchPlan> =>
      codex().prepare(home.request({ mode: 'resume', ...more }))
    const same = await again({})
    expect(same.argv.slice(4, 6)).toEqual(['resume', own])
    expect(same.argv).not.toContain('--sandbox')
    // what it is told of that as a client, it does not take for a conversation that goes on
    const other = await again({ permissionMode: 'never' })
    expect(other.argv.slice(1, 3)).toEqual(['resume', own])
    expect(other.argv.slice(-4)).toEqual(['--ask-for-approval', 'never', '--sandbox', 'workspace-write'])
    // nobody knows which of the two it came to hold
    for (const permissionMode of ['never', 'on-request'])
      expect((await again({ permissionMode })).argv.slice(1, 3)).toEqual(['resume', own])
    expect(await codex().conversation(home.handle)).toBe('present')
    expect(await codex().conversation({ ...home.handle, conversationId: 'another' })).toBe('absent')
  })
})

describe('the recorded rollout', () => {
  it('tells how each of its turns ended', () => {
    const told = ends.map((end) => rolloutSignal(lines.slice(0, end), 'UTC'))
    expect(told.map((signal) => (signal?.state === 'error' ? signal.error : signal?.state))).toEqual([
      ...['idle', 'idle', 'rate-limit', 'limited', 'credit', 'authentication', 'server', 'network', 'credit'],
    ])
    expect(told[3]).toMatchObject({ resetAt: Date.parse('2026-11-22T16:26:00Z'), source: 'transcript' })
  })

  it('tells that a turn has begun', () => {
    const begun = lines.findIndex((line) => line.includes('"type":"task_started"')) + 1
    expect(rolloutSignal(lines.slice(0, begun))).toMatchObject({ state: 'working' })
    expect(rolloutSignal(lines.slice(0, 1))).toBeUndefined()
  })

  it('prefers the end of the window that the server told', () => {
    const limits = {
      primary: { used_percent: 100, resets_at: 1_795_368_000 },
      secondary: { used_percent: 4, resets_at: 9 },
    }
    const counted = {
      timestamp: '2026-11-22T15:26:24.787Z',
      type: 'event_msg',
      payload: { type: 'token_count', rate_limits: limits },
    }
    const end = limitedAt
    const signal = rolloutSignal(
      [...lines.slice(0, end - 1), JSON.stringify(counted), ...lines.slice(end - 1, end)],
      'UTC',
    )
    expect(signal).toMatchObject({ state: 'limited', resetAt: 1_795_368_000_000 })
  })

  it('holds what was entered, and not what was answered, as input', () => {
    expect(lines.some((line) => isRolloutInput(line, '<<usage>> go'))).toBe(true)
    expect(lines.some((line) => isRolloutInput(line, 'word0 word1'))).toBe(false)
    const content = [{ type: 'input_text', text: 'tmo-m-7f3a9c2e' }]
    const entry = (role: string): string => JSON.stringify({ payload: { type: 'message', role, content } })
    expect(isRolloutInput(entry('user'), 'tmo-m-7f3a9c2e')).toBe(true)
    expect(isRolloutInput(entry('assistant'), 'tmo-m-7f3a9c2e')).toBe(false)
  })

  it.each([
    '# AGENTS.md instructions for /w\n\n<INSTRUCTIONS>\n%s\n</INSTRUCTIONS>',
    '<environment_context>\n  <cwd>/w/%s</cwd>\n</environment_context>',
    '<turn_aborted>%s</turn_aborted>',
    '<hook_prompt hook_run_id="stop:0:/w/.codex/hooks.json">%s</hook_prompt>',
  ])('a rollout proves nothing by what Codex adds itself: %j', (form) => {
    const content = [{ type: 'input_text', text: form.replace('%s', 'tmo-m-7f3a9c2e') }]
    const line = JSON.stringify({ payload: { type: 'message', role: 'user', content } })
    expect(isRolloutInput(line, 'tmo-m-7f3a9c2e')).toBe(false)
  })

  it('holds what our own Stop hook handed over as input', () => {
    const text =
      '<hook_prompt hook_run_id="stop:4:/&lt;session-flags&gt;/config.toml">[from lead · tmo-m-7f3a9c2e] go</hook_prompt>'
    const content = [{ type: 'input_text', text }]
    const line = JSON.stringify({ payload: { type: 'message', role: 'user', content } })
    expect(isRolloutInput(line, 'tmo-m-7f3a9c2e')).toBe(true)
  })

  it('tells tokens, context and turns', () => {
    const tally = new RolloutTally()
    for (const line of rollout.split('\n')) tally.add(line)
    expect(tally.result()).toEqual({
      inputTokens: 3000,
      cachedInputTokens: 0,
      outputTokens: 126,
      contextTokens: 1042,
      contextUsedRatio: 1042 / 258_400,
      turns: 9,
    })
  })
})

describe('activity', () => {
  const look = (name: string): Promise<Activity> =>
    codex().activity(home.handle, {
      dead: false,
      title: fixtureTitle('codex', name),
      screen: async () => fixtureScreen('codex', name),
    })

  it.each([
    ['permission', 'blocked-permission', 'title'],
    ['working', 'working', 'title'],
    ['retrying-429', 'working', 'title'],
    ['first-start', 'waiting-input', 'screen'],
    ['model-migration-dialog', 'waiting-input', 'screen'],
    ['hooks-review', 'waiting-input', 'screen'],
    ['trust-dialog', 'waiting-input', 'screen'],
  ])('before the first turn of %s is %s by its %s', async (name, state, source) => {
    await codex().prepare(home.request())
    expect(await look(name)).toMatchObject({ state, source })
  })

  it('is starting until it has taken its brief, also where its box takes text', async () => {
    await codex().prepare(home.request({ brief: '[brief tmo-b-1234] go' }))
    expect(await look('idle')).toMatchObject({ state: 'starting', detail: 'its brief is on its way' })
    expect(await look('hooks-review')).toMatchObject({ state: 'waiting-input' })
  })

  it('is the end of the last turn once the title is quiet', async () => {
    const { fire } = await started(() => fresh(limitedAt))
    fire('SessionStart')
    expect(await look('error-usage')).toMatchObject({
      state: 'limited',
      source: 'transcript',
      resetAt: expect.any(Number),
    })
    expect((await look('permission')).state).toBe('blocked-permission')
  })

  it('works from the moment that a prompt is taken, before its rollout tells', async () => {
    const { fire } = await started(() => fresh(ends[0] ?? 0))
    fire('SessionStart')
    const adapter = codex()
    const ask = (): Promise<Activity> => adapter.activity(home.handle, { dead: false, title: 'w6' })
    await ask()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await ask()).toMatchObject({ state: 'idle', source: 'transcript' })
    fire('UserPromptSubmit', { prompt: 'go' })
    expect(await ask()).toMatchObject({ state: 'working', source: 'hook' })
  })

  it('does not take a rollout of an earlier life for what it does now', async () => {
    const { fire } = await started(rollout)
    fire('SessionStart')
    expect(await look('permission')).toMatchObject({ state: 'blocked-permission' })
    expect(await codex().activity(home.handle, { dead: false })).toMatchObject({ state: 'starting' })
  })

  it('is exited when the pane is dead', async () => {
    expect(await codex().activity(home.handle, { dead: true, title: '⠹ w' })).toMatchObject({
      state: 'exited',
    })
  })
})

describe('a permission that its hook waits for', () => {
  it('stands before the title, which says that it works; a new start forgets what a killed one left', async () => {
    await codex().prepare(home.request())
    const payload = { tool_name: 'Bash', tool_input: { command: 'touch x' } }
    home.write("state 'of' agent/permissions/17-1790000000.ask", payload)
    const look = () => codex().activity(home.handle, { dead: false, title: fixtureTitle('codex', 'working') })
    expect(await look()).toMatchObject({
      state: 'blocked-permission',
      source: 'hook',
      others: [{ source: 'title', state: 'working' }],
    })
    await codex().prepare(home.request())
    expect(await look()).toMatchObject({ state: 'working', source: 'title' })
  })
})

describe('findToken', () => {
  const token = 'tmo-m-7f3a9c2e'

  it('is present once a prompt with the token was submitted, and keeps none of its text', async () => {
    const { fire } = await started(rollout)
    expect(await codex().findToken({ ...home.handle, token })).toBe('absent')
    fire('UserPromptSubmit', { prompt: `[from lead · ${token}] my password is hunter2` })
    expect(await codex().findToken({ ...home.handle, token })).toBe('present')
    expect(readFileSync(join(home.stateDir, 'hooks.jsonl'), 'utf8')).not.toContain('hunter2')
  })

  it('finds it in the rollout when the hooks were lost', async () => {
    const { fire } = await started(rollout)
    fire('SessionStart')
    expect(await codex().findToken({ ...home.handle, token: '<<usage>>' })).toBe('present')
    expect(await codex().findToken({ ...home.handle, token: 'word0 word1' })).toBe('absent')
  })

  it('does not take what the agent said for input', async () => {
    const { fire } = await started(rollout)
    fire('Stop', { last_assistant_message: `I wrote ${token}` })
    expect(await codex().findToken({ ...home.handle, token })).toBe('absent')
  })
})

describe('a version', () => {
  it('that was never tested is not typed into', async () => {
    await codex().prepare(home.request())
    expect(await codex().watchedOnly(home.handle)).toBeUndefined()
    home.install('codex', 'codex-cli 1.0.0')
    await codex().prepare(home.request())
    expect(await codex().watchedOnly(home.handle)).toContain('1.0.0')
    expect(await codex().watchedOnly({ stateDir: join(home.root, 'none') })).toContain('unknown version')
  })
})
