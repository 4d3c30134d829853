import { describe, expect, it } from 'vitest'
import { parseAnthropicRequest } from './anthropic-request.ts'
import { parseChatRequest } from './chat-request.ts'
import { standingOf } from './decide.ts'
import { parseGeminiRequest } from './gemini-request.ts'
import { isAuxiliaryRequest } from './model-request.ts'
import { parseResponsesRequest } from './responses-request.ts'

const script = '[brief] hello <<bash echo hi>> <<text done>>'
const user = (...texts: readonly string[]): object => ({
  role: 'user',
  content: texts.map((text) => ({ type: 'text', text })),
})

describe('a request of Claude Code', () => {
  const tools = [{ name: 'Bash' }, { name: 'Write' }]

  it('holds what was entered, without its own reminders', () => {
    const messages = [
      user('<system-reminder>\nThe date is …\n</system-reminder>', script),
      { role: 'system', content: '# Environment' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'Bash', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'hi' }] },
    ]
    const request = parseAnthropicRequest({ model: 'm', stream: true, tools, messages })
    expect(request).toMatchObject({ api: 'anthropic', model: 'm', isStream: true, tools: ['Bash', 'Write'] })
    expect(standingOf(request)).toEqual({ opening: script, inputs: [script], userText: script, turn: 1 })
    expect(isAuxiliaryRequest(request)).toBe(false)
  })

  it('holds every text of turns that failed, and the script is in the last', () => {
    const request = parseAnthropicRequest({
      messages: [user('old'), { role: 'assistant', content: 'x' }, user('a', 'b'), user('c')],
    })
    expect(standingOf(request)).toEqual({ opening: 'old', inputs: ['a', 'b', 'c'], userText: 'c', turn: 0 })
  })

  it('begins anew with what was entered while a tool ran', () => {
    const result = { type: 'tool_result', tool_use_id: 't', content: 'hi' }
    const messages = [
      user('first'),
      { role: 'assistant', content: [{ type: 'tool_use' }] },
      { role: 'user', content: [result, { type: 'text', text: 'second' }] },
    ]
    expect(standingOf(parseAnthropicRequest({ messages }))).toEqual({
      opening: 'first',
      inputs: ['second'],
      userText: 'second',
      turn: 0,
    })
  })

  it('begins anew with what the program hands on within a turn, in its frame or among the system’s words', () => {
    const head = 'The user sent a new message while you were working:\n'
    const ends = [
      '\n\nIMPORTANT: After completing your current task, you MUST address the message. Do not ignore it.',
      '\n\nThis is how Claude Code surfaces messages the user sends mid-turn — within the running turn.\n',
    ]
    const before = [user('first'), { role: 'assistant', content: [{ type: 'tool_use' }] }]
    const result = { type: 'tool_result', tool_use_id: 't', content: 'hi' }
    const asked = { opening: 'first', inputs: ['a\n\nb', '<<text c>>'], userText: '<<text c>>', turn: 0 }
    const system = {
      role: 'system',
      content: ['a\n\nb', '<<text c>>'].map((t) => head + t + ends[0]).join('\n\n'),
    }
    const messages = [...before, { role: 'user', content: [result] }, system]
    expect(standingOf(parseAnthropicRequest({ messages }))).toEqual(asked)
    const texts = asked.inputs.map((text) => ({ type: 'text', text: head + text + ends[1] }))
    const beside = [...before, { role: 'user', content: [result, ...texts] }]
    expect(standingOf(parseAnthropicRequest({ messages: beside }))).toEqual(asked)
  })

  it('for a title is none for a turn', () => {
    const format = { type: 'json_schema', schema: { type: 'object' } }
    const messages = [user(`<session>\n${script}\n</session>`)]
    expect(isAuxiliaryRequest(parseAnthropicRequest({ messages, output_config: { format } }))).toBe(true)
    expect(isAuxiliaryRequest(parseAnthropicRequest({ messages }))).toBe(true)
  })

  it('without messages is refused in words', () => {
    expect(() => parseAnthropicRequest({ messages: 'hello' })).toThrow(
      expect.objectContaining({ code: 'BAD_REQUEST', message: 'the request has no list messages' }),
    )
  })
})

describe('a request of Codex', () => {
  const say = (role: string, text: string): object => ({
    type: 'message',
    role,
    content: [{ type: 'input_text', text }],
  })

  it('counts calls of tools as turns, and their results as nothing entered', () => {
    const input = [
      say('developer', 'You are Codex'),
      say('user', '<environment_context>\n  <cwd>/w</cwd>\n</environment_context>'),
      say('user', script),
      { type: 'function_call', name: 'exec_command', arguments: '{}', call_id: 'c' },
      { type: 'function_call_output', call_id: 'c', output: 'hi' },
    ]
    const request = parseResponsesRequest({
      input,
      tools: [{ name: 'exec_command' }, { type: 'web_search' }],
    })
    expect(request.tools).toEqual(['exec_command', 'web_search'])
    expect(standingOf(request)).toEqual({ opening: script, inputs: [script], userText: script, turn: 1 })
    expect(isAuxiliaryRequest(request)).toBe(false)
  })

  it('for a title is none for a turn, though it offers a tool and quotes the script', () => {
    const text = { format: { type: 'json_schema', schema: { type: 'object' } } }
    const input = [say('user', `Generate a title for: ${script}`)]
    expect(isAuxiliaryRequest(parseResponsesRequest({ input, text, tools: [{ name: 'apply_patch' }] }))).toBe(
      true,
    )
  })

  it('may have one text for its input', () => {
    expect(standingOf(parseResponsesRequest({ input: 'hello' })).userText).toBe('hello')
  })

  it('names the tools of a namespace with it', () => {
    const space = { type: 'namespace', name: 'mcp__tmo', tools: [{ name: 'report' }, { name: 'inbox' }] }
    const tools = [{ type: 'function', name: 'exec_command' }, space, { type: 'web_search' }]
    expect(parseResponsesRequest({ input: 'hello', tools }).tools).toEqual([
      'exec_command',
      'mcp__tmo/report',
      'mcp__tmo/inbox',
      'web_search',
    ])
  })
})

describe('a request of opencode', () => {
  it('holds texts and results of tools', () => {
    const messages = [
      { role: 'system', content: 'You are opencode' },
      { role: 'user', content: script },
      { role: 'assistant', content: null, tool_calls: [{ id: 'c' }] },
      { role: 'tool', tool_call_id: 'c', content: 'hi' },
    ]
    const request = parseChatRequest({ messages, tools: [{ type: 'function', function: { name: 'bash' } }] })
    expect(request.tools).toEqual(['bash'])
    expect(standingOf(request)).toEqual({ opening: script, inputs: [script], userText: script, turn: 1 })
  })
})

describe('a request of Gemini', () => {
  const path = '/v1beta/models/gemini-3:streamGenerateContent'

  it('holds what was entered, without its session context', () => {
    const contents = [
      { role: 'user', parts: [{ text: '<session_context>\nThis is the Gemini CLI' }, { text: script }] },
      { role: 'model', parts: [{ functionCall: { name: 'run_shell_command' } }] },
      { role: 'user', parts: [{ functionResponse: { name: 'run_shell_command' } }] },
    ]
    const tools = [{ functionDeclarations: [{ name: 'run_shell_command' }, { name: 'write_file' }] }]
    const request = parseGeminiRequest({ contents, tools }, path)
    expect(request).toMatchObject({
      model: 'gemini-3',
      isStream: true,
      tools: ['run_shell_command', 'write_file'],
    })
    expect(standingOf(request)).toEqual({ opening: script, inputs: [script], userText: script, turn: 1 })
  })

  it('for the choice of a model is none for a turn', () => {
    const contents = [{ role: 'user', parts: [{ text: script }] }]
    const generationConfig = { responseJsonSchema: { type: 'OBJECT' } }
    const request = parseGeminiRequest({ contents, generationConfig }, path.replace('streamG', 'g'))
    expect(request.isStream).toBe(false)
    expect(isAuxiliaryRequest(request)).toBe(true)
  })
})
