import { describe, expect, it } from 'vitest'
import { findSteps } from './find-steps.ts'
import { parseStep } from './parse-step.ts'
import type { Step } from './step.ts'

const read = (text: string): readonly Step[] => findSteps(text).map(parseStep)
const forever = Number.POSITIVE_INFINITY

describe('a step', () => {
  it('says what the model answers', () => {
    expect(read('<<text>><<text a b>><<slow 2>><<bash ls -l>><<escalate id>>')).toEqual([
      { op: 'text', text: 'ok' },
      { op: 'text', text: 'a b' },
      { op: 'slow', seconds: 2 },
      { op: 'bash', command: 'ls -l' },
      { op: 'escalate', command: 'id' },
    ])
  })

  it('says which tool it calls', () => {
    expect(read('<<write /tmp/a b c>><<tool Read {"file_path":"/a"}>><<tool Ask>>')).toEqual([
      { op: 'write', path: '/tmp/a', text: 'b c' },
      { op: 'tool', name: 'Read', input: { file_path: '/a' } },
      { op: 'tool', name: 'Ask', input: {} },
    ])
  })

  it('may call a tool when it has talked', () => {
    expect(read('<<slow 1.5 <<bash ls -l>>>> <<text x>>')).toEqual([
      { op: 'slow', seconds: 1.5, call: { op: 'bash', command: 'ls -l' } },
      { op: 'text', text: 'x' },
    ])
  })

  it('says how it fails, and how often', () => {
    expect(read('<<429>><<429 7 2>><<529 3>><<credit>><<limit 1800000000>><<usage>><<drop 1>>')).toEqual([
      { op: 'fail', kind: '429', times: forever, retryAfterSeconds: 5 },
      { op: 'fail', kind: '429', times: 2, retryAfterSeconds: 7 },
      { op: 'fail', kind: '529', times: 3 },
      { op: 'fail', kind: 'credit', times: forever },
      { op: 'fail', kind: 'limit', times: forever, resetsAt: 1_800_000_000 },
      { op: 'fail', kind: 'usage', times: forever },
      { op: 'drop', times: 1 },
    ])
  })

  it('may give the answer itself', () => {
    expect(read('<<raw 418 {"a":[1]}>>')).toEqual([{ op: 'raw', status: 418, body: { a: [1] } }])
  })

  it.each([
    ['<<429 soon>>', 'seconds to wait: "soon" is no number'],
    ['<<slow -1>>', 'seconds: "-1" is no number'],
    ['<<slow 1 <<text x>>>>', 'calls no tool'],
    ['<<slow 1 more>>', 'calls no tool'],
    ['<<bash>>', 'it names no command'],
    ['<<write>>', 'it names no file'],
    ['<<tool>>', 'it names no tool'],
    ['<<tool Read [1]>>', 'no JSON object'],
    ['<<raw 99 {}>>', 'a status and a JSON body'],
    ['<<raw 400 {>>', 'a status and a JSON body'],
  ])('that cannot be taken is refused: %s', (text, why) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'BAD_STEP', message: expect.stringContaining(why) }),
    )
  })
})
