import { describe, expect, it } from 'vitest'
import { type Answer, answerOf, sayText } from './answer.ts'
import { failureOf } from './failure.ts'
import { HitCounter } from './hit-counter.ts'
import type { ModelRequest } from './model-request.ts'
import { RequestLog } from './request-log.ts'
import type { ModelRequestRecord } from './request-record.ts'
import { sampleOf } from './schema-sample.ts'
import { shellCall, writeCall } from './tool-call.ts'

const request = (...tools: readonly string[]): ModelRequest => ({
  api: 'anthropic',
  model: 'm',
  isStream: true,
  tools,
  turns: [],
})

const piecesOf = (answer: Answer): readonly string[] =>
  answer.kind === 'content' ? answer.parts.flatMap((part) => (part.kind === 'text' ? part.pieces : [])) : []

describe('an answer', () => {
  it('is cut into pieces that give the text again, and no character in two', () => {
    const text = `${'a'.repeat(11)}👩‍👩‍👧 ${'é'.repeat(40)}\nend`
    const pieces = piecesOf(sayText(text))
    expect(pieces.length).toBeGreaterThan(4)
    expect(pieces.join('')).toBe(text)
    for (const piece of pieces) expect(piece).not.toMatch(/\p{Surrogate}/u)
  })

  it('of nothing is one empty piece', () => {
    expect(piecesOf(sayText(''))).toEqual([''])
  })

  it('that is slow takes the time that it was given', () => {
    const answer = answerOf({ op: 'slow', seconds: 4 }, request(), 0)
    expect(answer).toMatchObject({ paceMs: 200 })
    expect(piecesOf(answer)).toHaveLength(20)
  })

  it.each([
    ['Bash', { command: 'ls', description: 'Run the command' }],
    ['exec_command', { cmd: 'ls' }],
    ['shell', { command: ['bash', '-lc', 'ls'] }],
    ['run_shell_command', { command: 'ls', description: 'Run the command' }],
  ])('runs a command by the shell that the program offers: %s', (name, input) => {
    expect(shellCall(['Read', name], 'ls')).toEqual({ name, input })
  })

  it('writes a file by the tool that the program offers, else by its shell', () => {
    expect(writeCall(['write_file', 'shell'], '/a', 'b')).toEqual({
      name: 'write_file',
      input: { file_path: '/a', content: 'b' },
    })
    expect(writeCall(['exec_command'], "it's", 'b')).toEqual({
      name: 'exec_command',
      input: { cmd: "printf %s 'b' > 'it'\\''s'" },
    })
  })

  it('that needs a tool which is not offered says so', () => {
    for (const step of [
      { op: 'bash', command: 'ls' },
      { op: 'tool', name: 'Fly', input: {} },
    ] as const)
      expect(() => answerOf(step, request('Read'), 0)).toThrow(
        expect.objectContaining({ code: 'BAD_STEP', hint: expect.stringContaining('Read') }),
      )
  })

  it('to leave the sandbox says that it must', () => {
    expect(answerOf({ op: 'escalate', command: 'id' }, request('exec_command'), 0)).toMatchObject({
      parts: [
        { call: { name: 'exec_command', input: { cmd: 'id', sandbox_permissions: 'require_escalated' } } },
      ],
    })
  })
})

describe('a failure', () => {
  const forever = Number.POSITIVE_INFINITY

  it('tells when a subscription’s limit ends', () => {
    const { status, headers } = failureOf(
      { op: 'fail', kind: 'limit', times: forever, resetsAt: 1_500 },
      1_000,
    )
    expect(status).toBe(429)
    expect(headers).toMatchObject({
      'retry-after': '500',
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-reset': '1500',
      'anthropic-ratelimit-unified-5h-reset': '1500',
    })
  })

  it('tells when a plan’s limit ends, in an hour when the script does not say', () => {
    expect(failureOf({ op: 'fail', kind: 'usage', times: forever }, 1_000).fields).toEqual({
      plan_type: 'pro',
      resets_at: 4_600,
      resets_in_seconds: 3_600,
    })
  })
})

describe('the sample of a schema', () => {
  it('fits what programs ask for', () => {
    const title = { type: 'object', properties: { title: { type: 'string' } }, required: ['title'] }
    expect(sampleOf(title)).toEqual({ title: 'simulated' })
    const properties = { complexity_score: { type: 'INTEGER', minimum: 3 }, why: { type: 'STRING' } }
    expect(sampleOf({ type: 'OBJECT', properties })).toEqual({ complexity_score: 3, why: 'simulated' })
    expect(sampleOf({ type: 'array', items: title })).toEqual([])
    expect(sampleOf({ enum: ['flash', 'pro'] })).toBe('flash')
    expect(sampleOf({ type: 'object', properties: { ok: { type: 'boolean' }, is: { const: 7 } } })).toEqual({
      ok: false,
      is: 7,
    })
  })
})

describe('what the server remembers', () => {
  const record = (seq: number, text: string): ModelRequestRecord => ({
    ...{
      seq,
      at: 0,
      api: 'chat',
      path: '/',
      model: '',
      isStream: false,
      tools: [],
      purpose: 'turn',
      turn: 0,
    },
    ...{ opening: text, inputs: [text], userText: text, userBytes: text.length, userSha256: '' },
    outcome: { kind: 'pending' },
  })

  it('is the newest of the log, by number and by bytes', () => {
    const log = new RequestLog({ entriesMax: 3, bytesMax: 10 })
    for (const seq of [1, 2, 3, 4]) log.add(record(seq, 'ab'))
    expect(log.list().map(({ seq }) => seq)).toEqual([2, 3, 4])
    log.add(record(5, 'abcdefg'))
    expect(log.list().map(({ seq }) => seq)).toEqual([4, 5])
    log.add(record(6, 'x'.repeat(50)))
    expect(log.list().map(({ seq }) => seq)).toEqual([6])
    expect(log.settle(5, { kind: 'left' })).toBeUndefined()
    expect(log.settle(6, { kind: 'answered', status: 200 })?.outcome).toEqual({
      kind: 'answered',
      status: 200,
    })
  })

  it('is how often a step was asked for, of the latest steps', () => {
    const hits = new HitCounter(2)
    expect([hits.hit('a'), hits.hit('a'), hits.hit('b'), hits.hit('a')]).toEqual([1, 2, 1, 3])
    hits.hit('c')
    expect([hits.hit('b'), hits.hit('a')]).toEqual([1, 1])
  })
})
