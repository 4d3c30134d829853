import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AgentHome, conversationId, fireHook, openAgentHome } from '../test/agent-home.ts'
import { fixtureScreen, fixtureTitle } from '../test/fixture-screens.ts'
import type { Activity } from './activity.ts'
import { GeminiAdapter } from './gemini.ts'
import { chatError, isChatInput } from './gemini-chat.ts'
import { handedOverMax, hookLog } from './hooks.ts'

const chat = readFileSync(new URL('../fixtures/gemini/transcript-chat.jsonl', import.meta.url), 'utf8')
const lines = chat.trim().split('\n')
const ready = '◇  Ready (w8)'

let home: AgentHome
beforeEach(() => {
  home = openAgentHome()
  home.install('gemini', '0.61.0')
})
afterEach(() => home[Symbol.dispose]())

const gemini = (more: Record<string, string> = {}): GeminiAdapter =>
  new GeminiAdapter({ ...home.env, ...more })

interface Settings {
  readonly general: Record<string, unknown>
  readonly security: { readonly auth?: Record<string, unknown> }
  readonly hooks: Record<
    string,
    readonly { readonly sequential?: boolean; readonly hooks: readonly { readonly command: string }[] }[]
  >
}

function settings(): Settings {
  return JSON.parse(readFileSync(join(home.stateDir, 'gemini-settings.json'), 'utf8'))
}

function answerOf(event: string, more: object = {}, at = 0): string {
  const command = settings().hooks[event]?.at(-1)?.hooks[at]?.command ?? 'exit 9'
  return fireHook(command, { session_id: conversationId, hook_event_name: event, ...more })
}

function fire(event: string, more: object = {}): void {
  expect(answerOf(event, more)).toBe('{}\n')
}

describe('detect', () => {
  it('is ready with a key and a trusted folder', async () => {
    home.write('.gemini/trustedFolders.json', { [home.root]: 'TRUST_FOLDER' })
    const found = await gemini({ GEMINI_API_KEY: 'dummy' }).detect({ project: home.project })
    expect(found).toMatchObject({ status: 'ready', version: '0.61.0' })
  })

  it('names what is missing, with its remedy', async () => {
    const found = await gemini().detect({ project: home.project })
    if (found.status !== 'not-ready') throw new Error(found.status)
    expect(found.problems.map(({ what }) => what)).toEqual([
      expect.stringContaining('not logged in'),
      expect.stringContaining('trust'),
    ])
  })

  it.each([
    [{ security: { auth: { selectedType: 'oauth-personal' } } }, 'not-ready'],
    [{ security: { auth: { selectedType: 'vertex-ai' } } }, 'ready'],
    ['{"broken', 'not-ready'],
  ])('with settings %j is %s', async (content, status) => {
    home.write('.gemini/settings.json', content)
    expect(await gemini().detect()).toMatchObject({ status })
  })
})

describe('trust', () => {
  it('adds the folder, keeps the others and a copy of the file as it was', async () => {
    home.write('.gemini/trustedFolders.json', '{"/other":"TRUST_PARENT"}')
    await gemini().trust(home.project)
    expect(JSON.parse(home.read('.gemini/trustedFolders.json'))).toEqual({
      '/other': 'TRUST_PARENT',
      [home.project]: 'TRUST_FOLDER',
    })
    expect(home.read('.gemini/trustedFolders.json.tmo-backup')).toBe('{"/other":"TRUST_PARENT"}')
  })

  it('does not overrule a folder that the user distrusts', async () => {
    home.write('.gemini/trustedFolders.json', { [home.project]: 'DO_NOT_TRUST' })
    await expect(gemini().trust(home.project)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
  })
})

describe('prepare', () => {
  it('starts the chosen conversation with settings of this start alone', async () => {
    const plan = await gemini({ GEMINI_API_KEY: 'dummy' }).prepare(
      home.request({ brief: '[brief tmo-b-1234] go' }),
    )
    expect(plan.argv.slice(1, 5)).toEqual(['--session-id', conversationId, '--approval-mode', 'auto_edit'])
    expect(plan.argv.slice(-2)).toEqual(['--prompt-interactive', '[brief tmo-b-1234] go'])
    expect(plan.env).toMatchObject({ COLORTERM: 'truecolor', TMO_TOKEN: 'secret-token' })
    expect(plan.env['GEMINI_CLI_SYSTEM_SETTINGS_PATH']).toBe(join(home.stateDir, 'gemini-settings.json'))
    expect(settings()).toMatchObject({
      general: { enableAutoUpdate: false },
      security: { auth: { selectedType: 'gemini-api-key' } },
      ui: { escapePastedAtSymbols: true },
    })
    expect(`${JSON.stringify(settings())}${plan.argv.join(' ')}`).not.toContain('secret-token')
  })

  it('keeps the settings and hooks of the machine', async () => {
    const theirs = { hooks: [{ type: 'command', command: 'audit' }] }
    const system = home.write('system.json', {
      telemetry: { enabled: false },
      hooks: { SessionStart: [theirs] },
    })
    await gemini({ GEMINI_CLI_SYSTEM_SETTINGS_PATH: system }).prepare(home.request())
    expect(settings()).toMatchObject({ telemetry: { enabled: false } })
    expect(settings().hooks['SessionStart']).toHaveLength(2)
    expect(settings().hooks['SessionStart']?.[0]).toEqual(theirs)
  })

  it('skips the question of trust only in a worktree of what the user trusts', async () => {
    const git = (...argv: string[]): unknown =>
      execFileSync('git', argv, { cwd: home.project, stdio: 'pipe' })
    const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.org']
    git('init', '-q')
    git(...who, 'commit', '-q', '--allow-empty', '-m', 'first')
    const worktree = join(home.root, 'worktree')
    git('worktree', 'add', '-q', worktree)
    expect((await gemini().prepare(home.request({ cwd: worktree }))).argv).not.toContain('--skip-trust')
    await gemini().trust(home.project)
    expect((await gemini().prepare(home.request({ cwd: worktree }))).argv).toContain('--skip-trust')
    expect((await gemini().prepare(home.request({ cwd: home.root }))).argv).not.toContain('--skip-trust')
  })

  it('resumes by the same id', async () => {
    const plan = await gemini().prepare(home.request({ mode: 'resume' }))
    expect(plan.argv.slice(1, 3)).toEqual(['--resume', conversationId])
  })

  it.each([
    [{ permissionMode: 'acceptEdits' }, 'BAD_OPTION'],
    [{ options: { colour: 'red' } }, 'BAD_OPTION'],
    [{ brief: '/quit' }, 'UNSAFE_MESSAGE'],
  ])('refuses %j', async (more, code) => {
    await expect(gemini().prepare(home.request(more))).rejects.toMatchObject({ code })
  })
})

describe('activity', () => {
  const look = (name: string, title = fixtureTitle('gemini', name)): Promise<Activity> =>
    gemini().activity(home.handle, { dead: false, title, screen: async () => fixtureScreen('gemini', name) })
  const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 300))

  it.each([
    ['permission', 'blocked-permission', 'title'],
    ['working', 'working', 'title'],
    ['retrying-429', 'working', 'title'],
    // It calls itself ready while it asks this.
    ['trust-dialog', 'waiting-input', 'screen'],
    ['auth-dialog', 'waiting-input', 'screen'],
  ])('of %s is %s by its %s', async (name, state, source) => {
    await gemini().prepare(home.request())
    expect(await look(name)).toMatchObject({ state, source })
  })

  it('is starting until its SessionStart hook has fired, whatever box it draws', async () => {
    await gemini().prepare(home.request())
    expect(await look('idle')).toMatchObject({
      state: 'starting',
      others: [{ source: 'title', state: 'idle' }],
    })
    fire('SessionStart', { source: 'startup' })
    await later()
    expect(await look('idle')).toMatchObject({ state: 'idle', source: 'hook' })
  })

  it('is limited while it asks what to do about its limit, which its title calls work', async () => {
    await gemini().prepare(home.request())
    fire('SessionStart')
    fire('BeforeAgent', { prompt: 'go' })
    const limited = await look('usage-limit')
    expect(limited).toMatchObject({
      state: 'limited',
      source: 'screen',
      detail: expect.stringContaining('Access resets at 4:01 AM UTC.'),
      others: [{ state: 'working', source: 'title' }, { state: 'working' }],
    })
    const resetAt = limited.state === 'limited' ? (limited.resetAt ?? 0) : 0
    expect(new Date(resetAt).toISOString()).toMatch(/T04:01:00\.000Z$/)
    expect(await look('working')).toMatchObject({ state: 'working', source: 'title' })
  })

  it('is starting until it has taken its brief', async () => {
    await gemini().prepare(home.request({ brief: '[brief tmo-b-1234] go' }))
    fire('SessionStart', { source: 'startup' })
    await later()
    expect(await look('idle')).toMatchObject({ state: 'starting', detail: 'its brief is on its way' })
    fire('BeforeAgent', { prompt: 'go' })
    fire('AfterAgent', { prompt_response: 'done' })
    await later()
    expect(await look('idle')).toMatchObject({ state: 'idle' })
  })

  it('works from the moment that a prompt is taken, and does not once its title has stayed idle', async () => {
    await gemini().prepare(home.request())
    fire('SessionStart', { source: 'startup' })
    await later()
    const adapter = gemini()
    const ask = (): Promise<Activity> => adapter.activity(home.handle, { dead: false, title: ready })
    expect(await ask()).toMatchObject({ state: 'idle' })
    fire('BeforeAgent', { prompt: 'go' })
    expect(await ask()).toMatchObject({
      state: 'working',
      source: 'hook',
      others: [{ source: 'title', state: 'idle' }],
    })
    const log = join(home.stateDir, 'hooks.jsonl')
    const old = readFileSync(log, 'utf8').replaceAll(/"at":\d+/g, `"at":${Date.now() - 10_000}`)
    writeFileSync(log, old)
    await ask()
    await later()
    expect(await ask()).toMatchObject({ state: 'idle', source: 'title' })
  })

  it('is an error by the chat, or by the screen, after a turn without an answer', async () => {
    await gemini().prepare(home.request())
    fire('BeforeAgent', { prompt: 'go' })
    fire('AfterAgent', { prompt: 'go', prompt_response: '[no response text]' })
    expect(await look('error-401', ready)).toMatchObject({
      state: 'error',
      error: 'authentication',
      source: 'screen',
    })
    const end = lines.findIndex((line) => line.includes('"type":"error"')) + 1
    const name = `session-2026-11-22T15-29-${conversationId.slice(0, 8)}.jsonl`
    home.write(`.gemini/tmp/w8/chats/${name}`, `${lines.slice(0, end).join('\n')}\n`)
    expect(await look('idle', ready)).toMatchObject({
      state: 'error',
      error: 'authentication',
      source: 'transcript',
    })
  })

  it('is limited by a chat that tells when the quota is back', async () => {
    await gemini().prepare(home.request())
    fire('AfterAgent', { prompt: 'go', prompt_response: '[no response text]' })
    const content =
      '[API Error: You have exhausted your capacity on this model. Your quota will reset after 2h13m.]'
    const name = `session-2026-11-22T15-29-${conversationId.slice(0, 8)}.jsonl`
    home.write(`.gemini/tmp/w8/chats/${name}`, `${JSON.stringify({ id: '1', type: 'error', content })}\n`)
    const found = await look('idle', ready)
    expect(found).toMatchObject({ state: 'limited', source: 'transcript' })
    expect(found.state === 'limited' && found.resetAt).toBe(found.at + 133 * 60_000)
  })

  it('takes an answer that merely says so for an answer', async () => {
    await gemini().prepare(home.request())
    fire('AfterAgent', { prompt: 'go', prompt_response: 'it printed "prompt_response":"[no response text]"' })
    await later()
    expect(await look('idle', ready)).toMatchObject({ state: 'idle' })
  })
})

describe('the recorded chat', () => {
  it('holds what was entered, and not what was answered, as input', () => {
    expect(lines.some((line) => isChatInput(line, 'one line <<text ok>>'))).toBe(true)
    expect(lines.some((line) => isChatInput(line, 'I am briefed') && !line.includes('<<text'))).toBe(false)
    const told = (content: unknown): boolean =>
      isChatInput(JSON.stringify({ type: 'user', content }), 'tmo-m-1')
    expect(told([{ text: 'please (tmo-m-1)' }])).toBe(true)
    expect(told('please (tmo-m-1)')).toBe(true)
    expect(told([{ text: '<session_context>\n GEMINI.md says (tmo-m-1)' }]), 'its own memory').toBe(false)
    expect(told([{ functionResponse: { response: { output: '(tmo-m-1)' } } }]), 'a result').toBe(false)
  })

  it('tells the error of the last turn, and none after a good one', () => {
    const end = lines.findIndex((line) => line.includes('"type":"error"')) + 1
    expect(chatError(lines.slice(0, end))).toContain('invalid x-api-key')
    expect(chatError(lines)).toBeUndefined()
  })

  it('tells tokens and turns, once also where a resumed chat holds the earlier messages again', async () => {
    const chats = `.gemini/tmp/w8/chats/session`
    const name = (time: number): string => `${chats}-${time}-${conversationId.slice(0, 8)}.jsonl`
    const adapter = gemini()
    const prompts = new Set(
      lines
        .filter((line) => line.includes('"type":"user"') && line.includes('from lead'))
        .map((line) => /tmo-[bm]-\w+/.exec(line)?.[0]),
    )
    home.write(name(1), `${lines.slice(0, 20).join('\n')}\n`)
    const early = await adapter.usage(home.handle)
    home.write(name(1), chat)
    const whole = await adapter.usage(home.handle)
    expect(whole).toMatchObject({ contextTokens: 1042, model: 'gemini-3.8-flash', turns: prompts.size })
    expect(whole?.outputTokens).toBeGreaterThan(early?.outputTokens ?? Number.NaN)
    home.write(name(2), chat)
    expect(await adapter.usage(home.handle)).toEqual(whole)
    expect(await gemini().usage(home.handle)).toEqual(whole)
  })
})

describe('findToken', () => {
  const token = 'tmo-m-7f3a9c2e'

  it('is present once a prompt with the token was taken', async () => {
    await gemini().prepare(home.request())
    expect(await gemini().findToken({ ...home.handle, token })).toBe('absent')
    fire('AfterAgent', { prompt: 'x', prompt_response: `I wrote ${token}` })
    expect(await gemini().findToken({ ...home.handle, token })).toBe('absent')
    fire('BeforeAgent', { prompt: `[from lead · ${token}] go` })
    expect(await gemini().findToken({ ...home.handle, token })).toBe('present')
  })

  it('has no conversation to go on with before anything was entered', async () => {
    const path = `.gemini/tmp/w8/chats/session-1-${conversationId.slice(0, 8)}.jsonl`
    for (const count of [0, 1, 2]) {
      home.write(path, `${lines.slice(0, count).join('\n')}\n`)
      expect(await gemini().conversation(home.handle)).toBe('absent')
    }
    home.write(path, `${lines.slice(0, 3).join('\n')}\n`)
    expect(await gemini().conversation(home.handle)).toBe('present')
  })

  it('looks through every file of the conversation', async () => {
    const end = `-${conversationId.slice(0, 8)}.jsonl`
    home.write(`.gemini/tmp/w8/chats/session-1${end}`, chat)
    home.write(`.gemini/tmp/w8/chats/session-2${end}`, '{}\n')
    expect(await gemini().conversation(home.handle)).toBe('present')
    expect(await gemini().findToken({ ...home.handle, token: 'one line <<text ok>>' })).toBe('present')
    expect(await gemini().findToken({ ...home.handle, token: 'nobody said this' })).toBe('absent')
  })
})

describe('a message for the end of its turn', () => {
  const token = 'tmo-m-7f3a9c2e'
  const text = `[from lead · ${token}] "two"\nlines \\ $HOME \u{1f600}`
  const query = (): Parameters<GeminiAdapter['findToken']>[0] => ({ ...home.handle, token })
  const offer = (): Promise<boolean> => gemini().turnEnd.offer(home.handle, { token, text })
  const lastUpdated = '{"$set":{"lastUpdated":"2026-11-26T21:00:37.760Z"}}'
  const user = '{"id":"1","timestamp":"2026-11-26T21:00:38.000Z","type":"user","content":[{"text":"go"}]}'
  const answer =
    '{"id":"2","timestamp":"2026-11-26T21:00:39.000Z","type":"gemini","content":"done","tokens":{}}'
  const cancelled = '{"$set":{"messages":[{"id":"1","type":"gemini","content":"of an earlier turn"}]}}'

  /** What it tells at the end of a turn, with the last lines of its chat. */
  function ended(chatLines: readonly string[], more: object = {}): object {
    const path = home.write('chats/session-1.jsonl', `${chatLines.join('\n')}\n`)
    return { transcript_path: path, prompt: 'go', prompt_response: 'done', stop_hook_active: false, ...more }
  }

  it('is the answer of its hook, exact and once, and it works on', async () => {
    await gemini().prepare(home.request())
    fire('BeforeAgent', { prompt: 'go' })
    expect(await offer()).toBe(true)
    expect(JSON.parse(answerOf('AfterAgent', ended([user, answer, lastUpdated])))).toEqual({
      decision: 'block',
      reason: text,
    })
    const look = { dead: false, title: ready }
    expect(await gemini().activity(home.handle, look)).toMatchObject({ state: 'working', source: 'hook' })
    expect(await gemini().turnEnd.withdraw(query())).toBe('taken')
    fire('AfterAgent', ended([user, answer, lastUpdated]))
  })

  it.each([
    ['to an agent that is in no turn', []],
    [
      'at the end of a turn that failed',
      [{ chat: [user, answer, lastUpdated], prompt_response: '[no response text]' }],
    ],
    ['at the end of a turn that was broken off', [{ chat: [user, cancelled] }]],
    ['at the end of a turn without an answer', [{ chat: [user, lastUpdated] }]],
  ])('is not handed over %s', async (_what, ends) => {
    await gemini().prepare(home.request())
    fire('SessionStart')
    if (ends.length > 0) fire('BeforeAgent', { prompt: 'go' })
    expect(await offer()).toBe(ends.length > 0)
    for (const { chat: chatLines, ...more } of ends) fire('AfterAgent', ended(chatLines, more))
    expect(await gemini().turnEnd.withdraw(query())).toBe(ends.length > 0 ? 'withdrawn' : 'absent')
  })

  it('is handed over so often in a row, and no more before the next prompt', async () => {
    await gemini().prepare(home.request())
    fire('BeforeAgent', { prompt: 'go' })
    const end = (isRow: boolean): string =>
      answerOf('AfterAgent', ended([answer, lastUpdated], { stop_hook_active: isRow }))
    for (let count = 0; count < handedOverMax; count += 1) {
      await offer()
      expect(end(count > 0)).toContain('block')
    }
    fire('BeforeAgent', { prompt: 'go' })
    await offer()
    expect(end(true)).toBe('{}\n')
    expect(end(false)).toContain('block')
  })

  it('is proven once the turn has gone on with it, and never where that was broken off at once', async () => {
    await gemini().prepare(home.request())
    const path = hookLog(home.stateDir)
    const line = (event: string, at: number, ...words: string[]): string =>
      `${JSON.stringify({ event, at, words })}\n`
    const find = (): ReturnType<GeminiAdapter['findToken']> => gemini().findToken(query())
    const now = Date.now()
    const given = (at: number): string =>
      line('AfterAgent', at, 'given=yes') + line('BeforeAgent', at + 100, token)
    writeFileSync(path, given(now))
    expect(await find()).toBe('absent')
    writeFileSync(path, given(now - 2_200))
    expect(await find()).toBe('present')
    writeFileSync(path, given(now) + line('AfterAgent', now + 300))
    expect(await find()).toBe('present')
    writeFileSync(path, given(now - 9_000) + line('AfterAgent', now - 8_700, 'lost=yes'))
    expect(await find()).toBe('absent')
    writeFileSync(path, given(now - 9_000) + line('AfterAgent', now - 2_000, 'lost=yes'))
    expect(await find()).toBe('present')
    writeFileSync(path, line('AfterAgent', now - 50) + line('BeforeAgent', now, token))
    expect(await find()).toBe('present')
  })
})

describe('a permission', () => {
  const request = {
    notification_type: 'ToolPermission',
    details: { type: 'exec', command: 'touch x' },
  }

  it('is told by its second hook, after the one that holds, and each answers as it wants', async () => {
    await gemini().prepare(home.request())
    expect(settings().hooks['Notification']).toMatchObject([
      { sequential: true, hooks: [{ name: 'tmo-hold', timeout: 45_000 }, { name: 'tmo-Notification' }] },
    ])
    expect(answerOf('Notification', request, 0)).toBe('{}\n')
    expect(readFileSync(hookLog(home.stateDir), 'utf8')).toBe('')
    expect(answerOf('Notification', request, 1)).toBe('{}\n')
    expect(readFileSync(hookLog(home.stateDir), 'utf8')).toContain('PermissionRequest')
  })
})
