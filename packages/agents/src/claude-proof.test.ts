import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  claude,
  config,
  eachHasClaudeHome,
  fire,
  fixtures,
  id,
  project,
  request,
  stateDir,
  transcript,
} from '../test/claude-home.ts'
import { projectFolder } from './claude-paths.ts'

eachHasClaudeHome()

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

describe('what stands in the box', () => {
  const token = 'tmo-m-7f3a9c2e'
  const isTaken = (): Promise<boolean> | undefined =>
    claude().leftover?.isTaken({ conversationId: id, cwd: project, stateDir, token })
  const input = (uuid: string, parentUuid: string, content: unknown): object => {
    return { type: 'user', uuid, parentUuid, message: { role: 'user', content } }
  }
  const note = (entries: readonly object[]): void =>
    transcript(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
  const said = { type: 'assistant', uuid: 'c', parentUuid: 'b' }

  it('was taken once the model has said something to it, also behind other lines', async () => {
    const between = { type: 'attachment', uuid: 'b', parentUuid: 'a' }
    note([input('a', '-', token), between])
    expect(await isTaken()).toBe(false)
    note([input('a', '-', token), between, said])
    expect(await isTaken()).toBe(true)
    note([input('a', '-', token), input('b', 'a', 'another that waited'), said])
    expect(await isTaken()).toBe(true)
  })

  it('was not when a human took it back with Escape, whatever is said to another message', async () => {
    note([input('a', '-', token)])
    expect(await isTaken()).toBe(false)
    note([input('a', '-', token), input('b', '-', 'another'), said])
    expect(await isTaken()).toBe(false)
    note([input('a', '-', token), input('b', '-', token), said])
    expect(await isTaken()).toBe(true)
  })

  it('was not when it waited in the queue only, or when a tool or the model spoke of it', async () => {
    const result = [{ type: 'tool_result', content: token, text: token }]
    note([{ type: 'queue-operation', operation: 'enqueue', content: token }, said])
    expect(await isTaken()).toBe(false)
    note([input('a', '-', result), { type: 'assistant', uuid: 'b', parentUuid: 'a', message: token }])
    expect(await isTaken()).toBe(false)
    expect(await claude().leftover?.isTaken({ conversationId: 'none', cwd: project, stateDir, token })).toBe(
      false,
    )
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
