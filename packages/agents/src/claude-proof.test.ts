import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  claude,
  config,
  fire,
  fixtures,
  id,
  project,
  request,
  stateDir,
  transcript,
} from '../test/claude-home.ts'
import { projectFolder } from './claude-paths.ts'

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
