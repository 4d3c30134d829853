import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PaneId, parsePaneId } from '@tmux-orchestrator/tmux-driver'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AgentHandle, LaunchRequest, Usage } from './adapter.ts'
import { ClaudeAdapter } from './claude.ts'
import { projectFolder } from './claude-paths.ts'

const id = '11111111-1111-4111-8111-111111111111'
const pane: PaneId = parsePaneId('%1')
const fixtures = new URL('../fixtures/claude/', import.meta.url)
let root: string
let config: string
let stateDir: string
let project: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tmo-'))
  config = join(root, 'config')
  stateDir = join(root, "state 'of' agent")
  project = join(root, 'project')
  for (const folder of [config, join(config, 'sessions'), join(root, 'bin'), project])
    mkdirSync(folder, { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true }))

function env(more: Record<string, string> = {}): Record<string, string> {
  return { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, HOME: root, CLAUDE_CONFIG_DIR: config, ...more }
}

function claude(more?: Record<string, string>): ClaudeAdapter {
  return new ClaudeAdapter(env(more))
}

function install(script = 'echo "2.1.330 (Claude Code)"'): string {
  const path = join(root, 'bin', 'claude')
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}

function settings(value: unknown): void {
  writeFileSync(join(config, '.claude.json'), typeof value === 'string' ? value : JSON.stringify(value))
}

const handle = (): AgentHandle => ({ conversationId: id, cwd: project, pane, pid: process.pid, stateDir })

function session(fields: Record<string, unknown>, pid = process.pid): void {
  const base = { pid, sessionId: id, cwd: project, status: 'idle', statusUpdatedAt: Date.now() - 1_000 }
  writeFileSync(join(config, 'sessions', `${pid}.json`), JSON.stringify({ ...base, ...fields }))
}

function transcript(text: string): void {
  const folder = join(config, 'projects', projectFolder(project))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${id}.jsonl`), text)
}

function request(more: Partial<LaunchRequest> = {}): LaunchRequest {
  const named = { orchestration: 'o-abcd', name: 'developer', role: 'developer' }
  const places = { cwd: project, stateDir, tmoBin: '/opt/tmo/bin' }
  return { ...named, ...places, conversationId: id, mode: 'new', env: { TMO_TOKEN: 'secret-token' }, ...more }
}

/** What Claude Code does with a hook: the command goes to a shell, the event to its stdin. */
function fire(event: string, payload: object): void {
  const file: { hooks: Record<string, [{ hooks: [{ command: string }] }]> } = JSON.parse(
    readFileSync(join(stateDir, 'claude-settings.json'), 'utf8'),
  )
  const command = file.hooks[event]?.[0].hooks[0].command ?? 'exit 9'
  const done = spawnSync('/bin/sh', ['-c', command], {
    input: JSON.stringify({ session_id: id, ...payload }),
  })
  expect([done.status, done.stdout.toString(), done.stderr.toString()]).toEqual([0, '', ''])
}

describe('detect', () => {
  it('says how to install a program that is missing', async () => {
    expect(await new ClaudeAdapter({ PATH: join(root, 'bin'), HOME: root }).detect()).toMatchObject({
      status: 'missing',
    })
  })

  it('is ready when onboarding, login and trust are settled', async () => {
    const path = install()
    settings({
      hasCompletedOnboarding: true,
      oauthAccount: {},
      projects: { [project]: { hasTrustDialogAccepted: true } },
    })
    expect(await claude().detect({ project })).toEqual({ status: 'ready', path, version: '2.1.330' })
  })

  it('names each missing step with its remedy', async () => {
    install()
    const detection = await claude().detect({ project })
    if (detection.status !== 'not-ready') throw new Error(detection.status)
    expect(detection.problems.map((problem) => problem.what)).toEqual([
      expect.stringContaining('never set up'),
      expect.stringContaining('not logged in'),
      expect.stringContaining('trust'),
    ])
    expect(detection.problems.every((problem) => problem.remedy !== '')).toBe(true)
  })

  it('takes an API key only when its end is among the approved, and never repeats it', async () => {
    install()
    const key = 'sk-ant-dummy-0123456789abcdefghij'
    settings({ hasCompletedOnboarding: true })
    const refused = await claude({ ANTHROPIC_API_KEY: key }).detect()
    expect(refused).toMatchObject({
      status: 'not-ready',
      problems: [{ what: expect.stringContaining('not been allowed') }],
    })
    expect(JSON.stringify(refused)).not.toContain('abcdefghij')
    settings({ hasCompletedOnboarding: true, customApiKeyResponses: { approved: [key.slice(-20)] } })
    expect(await claude({ ANTHROPIC_API_KEY: key }).detect()).toMatchObject({ status: 'ready' })
  })

  it('takes stored credentials and a key helper for a login', async () => {
    install()
    settings({ hasCompletedOnboarding: true })
    writeFileSync(join(config, '.credentials.json'), '{"claudeAiOauth":{}}')
    expect(await claude().detect()).toMatchObject({ status: 'ready' })
    rmSync(join(config, '.credentials.json'))
    writeFileSync(join(config, 'settings.json'), '{"apiKeyHelper":"/bin/key"}')
    expect(await claude().detect()).toMatchObject({ status: 'ready' })
  })

  it.each(['{"broken', '[]', '7'])('reports settings that are no JSON object: %j', async (text) => {
    install()
    settings(text)
    expect(await claude().detect()).toMatchObject({ status: 'not-ready', problems: [{ what: /./ }] })
  })

  it('reports a program that fails', async () => {
    install('exit 1')
    settings({ hasCompletedOnboarding: true, oauthAccount: {} })
    expect(await claude().detect()).toMatchObject({ status: 'not-ready' })
  })
})

describe('trust', () => {
  it('adds the repository and keeps everything else', async () => {
    install()
    settings({
      hasCompletedOnboarding: true,
      oauthAccount: {},
      projects: { '/other': { a: 1 }, [project]: { b: 2 } },
    })
    await claude().trust(project)
    expect(JSON.parse(readFileSync(join(config, '.claude.json'), 'utf8'))).toEqual({
      hasCompletedOnboarding: true,
      oauthAccount: {},
      projects: { '/other': { a: 1 }, [project]: { b: 2, hasTrustDialogAccepted: true } },
    })
    expect(await claude().detect({ project })).toMatchObject({ status: 'ready' })
  })

  it('keeps a copy of the settings as they were', async () => {
    settings({ hasCompletedOnboarding: true })
    const before = readFileSync(join(config, '.claude.json'), 'utf8')
    await claude().trust(project)
    expect(readFileSync(join(config, '.claude.json.tmo-backup'), 'utf8')).toBe(before)
    expect(statSync(join(config, '.claude.json.tmo-backup')).mode & 0o777).toBe(0o600)
  })

  it('leaves broken settings as they are', async () => {
    settings('{"broken')
    await expect(claude().trust(project)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' })
    expect(readFileSync(join(config, '.claude.json'), 'utf8')).toBe('{"broken')
  })
})

describe('prepare', () => {
  it('plans an unattended start with the chosen conversation and the brief last', async () => {
    const path = install()
    const plan = await claude().prepare(request({ brief: '[brief tmo-b-1234] go', model: 'sonnet' }))
    const file = join(stateDir, 'claude-settings.json')
    expect(plan.argv).toEqual([
      ...[path, '--session-id', id, '--mcp-config', join(stateDir, 'claude-mcp.json')],
      ...['--settings', file, '--permission-mode', 'acceptEdits'],
      ...['--model', 'sonnet', '[brief tmo-b-1234] go'],
    ])
    expect(plan).toMatchObject({
      briefed: 'argument',
      env: { TMO_TOKEN: 'secret-token', CLAUDE_CONFIG_DIR: config },
    })
    expect(plan.env['PATH']?.split(':')[0]).toBe('/opt/tmo/bin')
  })

  it('resumes the conversation without a brief', async () => {
    const plan = await claude().prepare(request({ mode: 'resume' }))
    expect(plan.argv.slice(1, 3)).toEqual(['--resume', id])
    expect(plan.briefed).toBe('none')
  })

  it('keeps its files private and free of secrets', async () => {
    const plan = await claude().prepare(request({ brief: 'go' }))
    const file = join(stateDir, 'claude-settings.json')
    expect(statSync(stateDir).mode & 0o777).toBe(0o700)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(`${readFileSync(file, 'utf8')}${plan.argv.join(' ')}`).not.toContain('secret-token')
  })

  it('leaves a brief that is too long for an argument to a paste', async () => {
    const plan = await claude().prepare(request({ brief: `b${'x'.repeat(70_000)}` }))
    expect(plan.briefed).toBe('paste')
    expect(plan.argv.at(-1)).toBe('acceptEdits')
  })

  it.each([
    [{ brief: '--dangerously-skip-permissions' }, 'UNSAFE_MESSAGE'],
    [{ brief: '!rm -rf /' }, 'UNSAFE_MESSAGE'],
    [{ permissionMode: 'yolo' }, 'BAD_OPTION'],
    [{ options: { colour: 'red' } }, 'BAD_OPTION'],
  ])('refuses %j', async (more, code) => {
    await expect(claude().prepare(request(more))).rejects.toMatchObject({ code })
  })

  it.runIf(process.getuid?.() === 0)('refuses bypassPermissions as root outside a sandbox', async () => {
    const wish = { permissionMode: 'bypassPermissions' }
    await expect(claude().prepare(request(wish))).rejects.toMatchObject({ code: 'BAD_OPTION' })
    const plan = await claude({ IS_SANDBOX: '1' }).prepare(request(wish))
    expect(plan.argv).toContain('bypassPermissions')
  })
})

describe('activity', () => {
  it.each([
    [{ status: 'busy' }, 'working'],
    [{ status: 'waiting', waitingFor: 'permission prompt' }, 'blocked-permission'],
    [{ status: 'waiting', waitingFor: 'input needed' }, 'waiting-input'],
    [{ status: 'idle' }, 'idle'],
    [{ status: 'dreaming' }, 'unknown'],
  ])('reads the session file %j as %s', async (fields, state) => {
    session(fields)
    expect(await claude().activity(handle(), { dead: false })).toMatchObject({ state, source: 'status-file' })
  })

  it('is starting while there is no session file, and says what the screen asks', async () => {
    const screen = async (): Promise<string> => readFileSync(new URL('trust-dialog.ansi', fixtures), 'utf8')
    expect((await claude().activity(handle(), { dead: false })).state).toBe('starting')
    expect(await claude().activity(handle(), { dead: false, screen })).toMatchObject({
      state: 'waiting-input',
      source: 'screen',
    })
  })

  it('is starting while its session file says nothing of what it does', async () => {
    session({ status: undefined })
    expect(await claude().activity(handle(), { dead: false })).toMatchObject({ state: 'starting' })
  })

  it('is exited once its SessionEnd hook has fired and its session file is gone', async () => {
    await claude().prepare(request())
    fire('SessionStart', {})
    fire('SessionEnd', { reason: 'other' })
    expect((await claude().activity(handle(), { dead: false })).state).toBe('exited')
  })

  it('is whole again when its session file was torn for a moment', async () => {
    const path = join(config, 'sessions', `${process.pid}.json`)
    writeFileSync(path, '{"pid":')
    const reading = claude().activity(handle(), { dead: false })
    session({ status: 'busy' })
    expect((await reading).state).toBe('working')
  })

  it('is stuck after half an hour of work without a sign of life', async () => {
    session({ status: 'busy' })
    transcript('{}\n')
    expect((await claude().activity(handle(), { dead: false })).state).toBe('working')
    const longAgo = new Date(Date.now() - 3_600_000)
    utimesSync(join(config, 'projects', projectFolder(project), `${id}.jsonl`), longAgo, longAgo)
    expect(await claude().activity(handle(), { dead: false })).toMatchObject({
      state: 'stuck',
      others: [{ state: 'working', source: 'status-file' }],
    })
  })

  it('is starting until the SessionStart hook has fired', async () => {
    await claude().prepare(request())
    session({ status: 'idle' })
    expect((await claude().activity(handle(), { dead: false })).state).toBe('starting')
    fire('SessionStart', { source: 'startup' })
    expect((await claude().activity(handle(), { dead: false })).state).toBe('idle')
  })

  it('is starting until it has taken its brief, whatever its session file says', async () => {
    await claude().prepare(request({ brief: '[brief tmo-b-1234] go' }))
    session({ status: 'idle' })
    fire('SessionStart', { source: 'startup' })
    expect(await claude().activity(handle(), { dead: false })).toMatchObject({
      state: 'starting',
      detail: 'its brief is on its way',
      others: [{ state: 'idle', source: 'status-file' }],
    })
    fire('UserPromptSubmit', { prompt: 'go' })
    expect((await claude().activity(handle(), { dead: false })).state).toBe('working')
    fire('Stop', {})
    expect((await claude().activity(handle(), { dead: false })).state).toBe('idle')
  })

  it('does not wait for a brief that does not come', async () => {
    await claude().prepare(request({ brief: '[brief tmo-b-1234] go' }))
    const start = JSON.parse(readFileSync(join(stateDir, 'program.json'), 'utf8'))
    writeFileSync(join(stateDir, 'program.json'), JSON.stringify({ ...start, at: start.at - 130_000 }))
    session({ status: 'idle' })
    fire('SessionStart', { source: 'startup' })
    expect((await claude().activity(handle(), { dead: false })).state).toBe('idle')
  })

  it('works from the moment that a prompt is taken, until its session file says otherwise', async () => {
    await claude().prepare(request())
    session({ status: 'idle' })
    fire('SessionStart', {})
    fire('UserPromptSubmit', { prompt: 'go' })
    expect(await claude().activity(handle(), { dead: false })).toMatchObject({
      state: 'working',
      source: 'hook',
      others: [{ state: 'idle', source: 'status-file' }],
    })
    session({ status: 'idle', statusUpdatedAt: Date.now() + 1 })
    const look = { dead: false }
    expect(await claude().activity(handle(), look), 'stopped by a person').toMatchObject({
      source: 'status-file',
    })
  })

  it('does not wait for hooks that are switched off', async () => {
    await claude().prepare(request())
    session({ status: 'idle', statusUpdatedAt: Date.now() - 60_000 })
    expect((await claude().activity(handle(), { dead: false })).state).toBe('idle')
  })

  it('is exited when the pane is dead, whatever file was left behind', async () => {
    session({ status: 'busy' })
    expect((await claude().activity(handle(), { dead: true })).state).toBe('exited')
  })

  it('does not believe the file of a process that is gone', async () => {
    const gone = spawnSync('/bin/true').pid
    session({ status: 'idle' }, gone)
    expect((await claude().activity({ ...handle(), pid: gone }, { dead: false })).state).toBe('exited')
  })

  it('finds a program behind a wrapper by its conversation', async () => {
    session({ status: 'busy' })
    expect((await claude().activity({ ...handle(), pid: process.ppid }, { dead: false })).state).toBe(
      'working',
    )
  })

  it('is unknown when the session file is torn', async () => {
    writeFileSync(join(config, 'sessions', `${process.pid}.json`), '{"pid":')
    expect((await claude().activity(handle(), { dead: false })).state).toBe('unknown')
  })

  it('is limited with its reset time after a subscription limit', async () => {
    await claude().prepare(request())
    session({ status: 'idle' })
    transcript(readFileSync(new URL('transcript-usage-limit.jsonl', fixtures), 'utf8'))
    fire('SessionStart', {})
    fire('UserPromptSubmit', { prompt: 'go' })
    fire('StopFailure', { error: 'rate_limit', last_assistant_message: 'You hit your limit' })
    expect(await claude().activity(handle(), { dead: false, title: '✳ Claude Code' })).toMatchObject({
      state: 'limited',
      resetAt: 1_795_368_038_000,
      continuesItself: true,
      detail: 'rate_limit',
      others: [
        { source: 'status-file', state: 'idle' },
        { source: 'hook', state: 'error', error: 'rate-limit' },
        { source: 'title', state: 'idle' },
      ],
    })
  })

  it('has the end of a limit from the words of an older version, else from the banner on the screen', async () => {
    await claude().prepare(request())
    session({ status: 'idle' })
    fire('SessionStart', {})
    fire('StopFailure', { error: 'rate_limit' })
    const told = (text: string): void =>
      transcript(
        JSON.stringify({
          ...{
            type: 'assistant',
            isApiErrorMessage: true,
            error: 'rate_limit',
            timestamp: '2026-11-22T15:20:00Z',
          },
          message: { content: [{ type: 'text', text }] },
        }),
      )
    const screen = async (): Promise<string> =>
      readFileSync(new URL('usage-limit-subscription.ansi', fixtures), 'utf8')
    told("You've hit your limit · resets 11pm (America/Anchorage)")
    expect(await claude().activity(handle(), { dead: false, screen })).toMatchObject({
      ...{ state: 'limited', source: 'transcript', resetAt: Date.parse('2026-11-23T08:00:00Z') },
    })
    told("You've hit your limit")
    const seen = await claude().activity(handle(), { dead: false, screen })
    expect(seen).toMatchObject({ state: 'limited', source: 'screen', continuesItself: true })
    const utc = new Date(seen.state === 'limited' ? (seen.resetAt ?? 0) : 0).toISOString()
    expect(utc).toMatch(/T17:20:00\.000Z$/)
  })

  it('is limited while an older version asks what to do about its limit, not behind other questions', async () => {
    await claude().prepare(request())
    session({ status: 'waiting', waitingFor: 'dialog open' })
    fire('SessionStart', {})
    fire('StopFailure', { error: 'rate_limit' })
    const text = "You've hit your session limit · resets 1:37am (UTC)"
    const failed = { type: 'assistant', isApiErrorMessage: true, error: 'rate_limit', apiErrorStatus: 429 }
    const told = (words: string): void =>
      transcript(
        JSON.stringify({
          ...{ ...failed, timestamp: '2026-11-25T23:37:10.226Z' },
          message: { content: [{ type: 'text', text: words }] },
        }),
      )
    told(text)
    expect(await claude().activity(handle(), { dead: false })).toMatchObject({
      ...{ state: 'limited', source: 'transcript', resetAt: Date.parse('2026-11-26T01:37:00Z') },
      others: [
        { source: 'status-file', state: 'waiting-input', detail: 'dialog open' },
        { source: 'hook', state: 'error', error: 'rate-limit' },
      ],
    })
    session({ status: 'waiting', waitingFor: 'permission prompt' })
    expect((await claude().activity(handle(), { dead: false })).state).toBe('blocked-permission')
    session({ status: 'waiting', waitingFor: 'dialog open' })
    told('API Error: Request rejected (429)')
    expect((await claude().activity(handle(), { dead: false })).state).toBe('waiting-input')
    told(text)
    fire('UserPromptSubmit', { prompt: 'go on' })
    expect((await claude().activity(handle(), { dead: false })).state).toBe('waiting-input')
  })

  it('is an error after a failed turn, and idle again after the next good one', async () => {
    await claude().prepare(request())
    session({ status: 'idle' })
    fire('SessionStart', {})
    fire('StopFailure', { error: 'authentication_failed' })
    expect(await claude().activity(handle(), { dead: false })).toMatchObject({
      state: 'error',
      error: 'authentication',
      detail: 'authentication_failed',
    })
    fire('UserPromptSubmit', { prompt: 'again' })
    fire('Stop', {})
    expect((await claude().activity(handle(), { dead: false })).state).toBe('idle')
  })
})

describe('the kind of an error', () => {
  const failed = (fields: object, text: string): string =>
    `${JSON.stringify({ type: 'assistant', isApiErrorMessage: true, ...fields, message: { content: [{ type: 'text', text }] } })}\n`

  it.each([
    ['billing_error', 400, 'Credit balance too low', 'credit'],
    ['authentication_failed', 401, 'Invalid API key', 'authentication'],
    ['rate_limit', 429, 'API Error: Request rejected (429)', 'rate-limit'],
    ['server_error', 500, 'API Error: 500 Internal server error.', 'server'],
    ['server_error', 529, 'API Error: Overloaded', 'overloaded'],
    ['invalid_request', 400, 'Prompt is too long', 'context-full'],
    ['invalid_request', 400, 'messages.1: bad', 'invalid-request'],
    ['unknown', 400, 'API Error: 400 messages.1: bad thing', 'invalid-request'],
  ])('of %s (%i, %j) is read', async (error, apiErrorStatus, text, kind) => {
    await claude().prepare(request())
    session({ status: 'idle' })
    transcript(failed({ error, apiErrorStatus }, text))
    fire('SessionStart', {})
    fire('StopFailure', { error })
    expect(await claude().activity(handle(), { dead: false })).toMatchObject({ state: 'error', error: kind })
  })
})

describe('findToken', () => {
  const token = 'tmo-m-7f3a9c2e'
  const query = { conversationId: id, stateDir: '', cwd: '', token }
  const ask = (): Promise<string> => claude().findToken({ ...query, cwd: project, stateDir })

  it('is present once a prompt with the token was submitted, and keeps none of its text', async () => {
    await claude().prepare(request())
    expect(await ask()).toBe('absent')
    fire('UserPromptSubmit', { prompt: `[from lead · ${token}] my password is hunter2 "error":"rate_limit"` })
    expect(await ask()).toBe('present')
    expect(readFileSync(join(stateDir, 'hooks.jsonl'), 'utf8')).not.toContain('hunter2')
  })

  it('does not take what the agent itself said for input', async () => {
    await claude().prepare(request())
    fire('Stop', { last_assistant_message: `I wrote ${token}` })
    const result = { type: 'tool_result', content: token, text: token }
    transcript(`${JSON.stringify({ type: 'user', message: { role: 'user', content: [result] } })}\n`)
    expect(await ask()).toBe('absent')
  })

  it.each([
    { type: 'user', message: { role: 'user', content: `<pasted_content>\n${token}` } },
    { type: 'user', message: { role: 'user', content: [{ type: 'text', text: token }] } },
    { type: 'queue-operation', operation: 'enqueue', content: token },
  ])('reads the transcript line %j', async (entry) => {
    transcript(`${JSON.stringify(entry)}\n`)
    expect(await ask()).toBe('present')
  })

  it('reads a recorded transcript', async () => {
    transcript(readFileSync(new URL('transcript-mixed.jsonl', fixtures), 'utf8'))
    const found = (word: string): Promise<string> =>
      claude().findToken({ ...query, cwd: project, stateDir, token: word })
    expect(await found('<<toolong>>')).toBe('present')
    expect(await found('Bash completed with no output')).toBe('absent')
  })
})

describe('findToken on a transcript that cannot be read', () => {
  it('is unknown', async () => {
    mkdirSync(join(config, 'projects', projectFolder(project), `${id}.jsonl`), { recursive: true })
    expect(await claude().findToken({ conversationId: id, cwd: project, stateDir, token: 'x' })).toBe(
      'unknown',
    )
  })
})

describe('conversation', () => {
  const ask = (cwd: string): Promise<string> => claude().conversation({ conversationId: id, cwd, stateDir })

  it('is absent before the first turn and present after it, also from another folder', async () => {
    expect(await ask(project)).toBe('absent')
    transcript('{"type":"mode","mode":"normal"}\n{"type":"user","message":{"role":"user","content":"go"}}\n')
    expect(await ask(project)).toBe('present')
    expect(await ask('/elsewhere')).toBe('present')
  })

  it('is absent while its file holds settings alone, as a kill in the first turn leaves it', async () => {
    transcript('{"type":"mode","mode":"normal"}\n{"type":"permission-mode","permissionMode":"default"}\n')
    expect(await ask(project)).toBe('absent')
    transcript(`{"type":"mode","mode":"normal"}\n{"type":"us`)
    expect(await ask(project)).toBe('absent')
  })

  it('is unknown when the beginning of its file is all settings', async () => {
    transcript(`{"type":"mode","mode":"${'x'.repeat(300_000)}"}\n`)
    expect(await ask(project)).toBe('unknown')
  })
})

describe('usage', () => {
  const ask = (): Promise<Usage | undefined> => claude().usage({ conversationId: id, cwd: project, stateDir })

  it('is undefined without a transcript', async () => {
    expect(await ask()).toBeUndefined()
  })

  it('counts the tokens of each answer once, and what it was given to do', async () => {
    transcript(readFileSync(new URL('transcript-errors.jsonl', fixtures), 'utf8'))
    expect(await ask()).toEqual({
      inputTokens: 9680,
      outputTokens: 378,
      cachedInputTokens: 0,
      contextTokens: 1099,
      model: 'claude-opus-5-5',
      turns: 13,
    })
  })

  it('tells the money only where Claude Code has told it for all tokens', async () => {
    const answer = {
      type: 'assistant',
      message: { id: 'm', model: 'x', usage: { input_tokens: 10, output_tokens: 5 } },
    }
    const cost = (tokens: number): object => ({
      ...{ type: 'cost-state', startTime: tokens, totalCostUSD: 0.5 },
      modelUsage: { x: { inputTokens: tokens, outputTokens: 5 } },
    })
    const written = (...entries: object[]): void =>
      transcript(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    written(answer, cost(10))
    expect(await ask()).toMatchObject({ costUsd: 0.5 })
    written(answer, { ...answer, message: { ...answer.message, id: 'n' } }, cost(10))
    expect(await ask()).not.toHaveProperty('costUsd')
  })
})

describe('a version', () => {
  it('that was never tested is watched, and not typed into', async () => {
    install('echo "2.1.330 (Claude Code)"')
    await claude().prepare(request())
    expect(await claude().watchedOnly({ stateDir })).toBeUndefined()
    install('echo "3.0.1 (Claude Code)"')
    await claude().prepare(request())
    expect(await claude().watchedOnly({ stateDir })).toContain('3.0.1')
  })

  it('is said by detect', async () => {
    install('echo "3.0.1 (Claude Code)"')
    settings({ hasCompletedOnboarding: true, oauthAccount: {} })
    expect(await claude().detect()).toMatchObject({
      status: 'ready',
      watchedOnly: expect.stringContaining('3.0.1'),
    })
  })
})

describe('the clock of a hook', () => {
  it('tells milliseconds where the machine does', async () => {
    await claude().prepare(request())
    const before = Date.now()
    fire('SessionStart', {})
    const line = readFileSync(join(stateDir, 'hooks.jsonl'), 'utf8')
    const { at }: { at: number } = JSON.parse(line)
    expect(at).toBeGreaterThanOrEqual(before - 1_000)
    expect(at).toBeLessThanOrEqual(Date.now())
  })
})
