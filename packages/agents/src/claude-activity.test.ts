import { spawnSync } from 'node:child_process'
import { readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  claude,
  config,
  eachHasClaudeHome,
  fire,
  fixtures,
  handle,
  id,
  project,
  request,
  session,
  stateDir,
  transcript,
} from '../test/claude-home.ts'
import { projectFolder } from './claude-paths.ts'

eachHasClaudeHome()

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

  it('is a full context by its screen alone where an older version has written down nothing of it', async () => {
    await claude().prepare(request())
    session({ status: 'idle' })
    fire('SessionStart', {})
    fire('StopFailure', { error: 'invalid_request' })
    const seen = async (name: string): Promise<object> => {
      const screen = async (): Promise<string> => readFileSync(new URL(`${name}.ansi`, fixtures), 'utf8')
      return await claude().activity(handle(), { dead: false, screen })
    }
    expect(await seen('error-toolong')).toMatchObject({ error: 'context-full', source: 'screen' })
    expect(await seen('error-401')).toMatchObject({ error: 'invalid-request', source: 'hook' })
    expect(await seen('idle')).toMatchObject({ error: 'invalid-request', source: 'hook' })
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
