import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseArguments } from './arguments.ts'
import { parseConversation, readSimSession } from './formats.ts'
import { isSimError } from './index.ts'
import { parseMessage } from './message.ts'
import { openTranscript } from './transcript.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-sim-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a line that is still being written is left out, a broken one in the middle is an error', () => {
  const user = '{"type":"user","text":"a","via":"prompt","at":1,"pid":2}'
  expect(parseConversation('')).toEqual([])
  expect(parseConversation(`${user}\n{"type":"us`)).toHaveLength(1)
  expect(parseConversation(`${user}\n{"type":"later"}\n`)).toHaveLength(1)
  expect(() => parseConversation(`{"type\n${user}\n`)).toThrow('line 1')
})

test('a session file that is not there is no session, one that is not ours is an error', () => {
  const file = join(folder, '1.json')
  expect(readSimSession(file)).toBeUndefined()
  writeFileSync(file, '{"pid":1}')
  expect(() => readSimSession(file)).toThrow('does not describe a session')
})

test('a conversation goes on behind a torn line, and is not begun twice', () => {
  const options = { home: folder, sessionId: 'c', cwd: '/', version: '0', mute: false }
  const first = openTranscript({ ...options, mode: 'new' })
  first.user('one', 'argument')
  first.close()
  const file = join(folder, 'conversations', 'c.jsonl')
  writeFileSync(file, '{"torn', { flag: 'a' })
  const second = openTranscript({ ...options, mode: 'resume' })
  second.user('two', 'prompt')
  second.close()
  const third = openTranscript({ ...options, mode: 'resume' })
  third.close()
  expect(third.past.flatMap((line) => (line.type === 'user' ? [line.text] : []))).toEqual(['one', 'two'])
  const codeOf = (mode: 'new' | 'resume', sessionId: string): unknown => {
    try {
      openTranscript({ ...options, sessionId, mode })
    } catch (error) {
      return isSimError(error) ? error.code : error
    }
    return 'opened'
  }
  expect(codeOf('new', 'c')).toBe('CONVERSATION_EXISTS')
  expect(codeOf('resume', 'd')).toBe('NO_CONVERSATION')
})

test('a conversation that was killed before its first line is begun', () => {
  const options = { home: folder, sessionId: 'c', cwd: '/', version: '0', mute: false, mode: 'new' } as const
  mkdirSync(join(folder, 'conversations'))
  writeFileSync(join(folder, 'conversations', 'c.jsonl'), '')
  openTranscript(options).close()
  expect(() => openTranscript(options)).toThrow('is already there')
})

test('arguments outside their set are refused with what is allowed', () => {
  const id = '11111111-1111-4111-8111-111111111111'
  expect(parseArguments(['--seed', '7', '--mute', '--', '-brief'])).toMatchObject({
    seed: 7,
    mute: true,
    brief: '-brief',
  })
  expect(() => parseArguments(['--session-id', 'x'])).toThrow('--session-id takes a UUID')
  expect(() => parseArguments(['--seed', '-1'])).toThrow()
  expect(() => parseArguments(['--nope'])).toThrow("Unknown option '--nope'")
  expect(() => parseArguments(['a', 'b'])).toThrow('one brief at most')
  expect(() => parseArguments(['--resume', id, '--session-id', id])).toThrow('exclude each other')
})

test('a message is what it says at its beginning', () => {
  expect(parseMessage('! rm x').kind).toBe('shell')
  expect(parseMessage('/etc/passwd is a file').kind).toBe('note')
  expect(parseMessage('/slow 3')).toEqual({ kind: 'directive', name: 'slow', argument: '3' })
  expect(parseMessage('[brief x] /slow 3').kind).toBe('brief')
  expect(parseMessage('[from demo-abcd/lead-2] Please report your progress.')).toEqual({
    kind: 'question',
    from: 'lead-2',
  })
  expect(parseMessage('Please report your progress.')).toEqual({ kind: 'question', from: 'project_manager' })
})
