import { describe, expect, it } from 'vitest'
import { checkMessage, formatMessage } from './message.ts'

const token = 'tmo-m-7f3a9c2e'
const hostile = [
  '!rm -rf /',
  '/exit',
  'a\u001b[201~\rrm x\r',
  'ends \\',
  'look at @READ',
  'look at\n@',
  'see $skill',
  '#(touch x)',
  '\u0003\u0004',
  '\ud800 lone',
  '',
]

describe('formatMessage', () => {
  it.each(hostile)('makes %j safe to type', (text) => {
    const made = formatMessage({ token, from: 'lead', text })
    expect(() => checkMessage({ token, text: made })).not.toThrow()
    expect(made.replace(/[\t\n]/g, '')).not.toMatch(/\p{Cc}|\p{Surrogate}/u)
    expect(made.startsWith(`[from lead · ${token}] `)).toBe(true)
  })

  it('keeps lines, tabs and other scripts', () => {
    const text = 'eins\n\tzwei — 三 👩‍👩‍👧'
    expect(formatMessage({ token, from: 'lead', text })).toBe(`[from lead · ${token}] ${text}`)
  })

  it.each(['a\\', 'look at @READ', '@', 'see $skill '])(
    'does not let Enter behind %j be another key',
    (text) => {
      expect(formatMessage({ token, from: 'lead', text })).toBe(
        `[from lead · ${token}] ${text.trimEnd()} (end)`,
      )
      expect(() => checkMessage({ token, text: `${token} ${text}` })).toThrow(/the text ends in/)
    },
  )

  it('leaves addresses and prices alone', () => {
    const text = 'write to me@example.org, for 5$'
    expect(formatMessage({ token, from: 'lead', text })).toBe(`[from lead · ${token}] ${text}`)
  })

  it('does not let the sender’s name leave its bracket', () => {
    expect(formatMessage({ token, from: 'x] !rm\n[', text: 'hi' })).toBe(`[from x !rm · ${token}] hi`)
  })

  it('refuses a token that is not one word', () => {
    expect(() => formatMessage({ token: 'two words', from: 'lead', text: 'hi' })).toThrow(/token/)
  })
})
