import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  claude,
  config,
  eachHasClaudeHome,
  fire,
  fixtures,
  id,
  install,
  project,
  request,
  root,
  settings,
  stateDir,
  transcript,
} from '../test/claude-home.ts'
import type { Usage } from './adapter.ts'
import { ClaudeAdapter } from './claude.ts'

eachHasClaudeHome()

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
