import { describe, expect, it } from 'vitest'
import { requireKey, sanitizeText } from './input.ts'

describe('sanitizing', () => {
  it.each([
    ['tab\tand\nnewline stay', 'tab\tand\nnewline stay'],
    ['a\u001b[201~b', 'ab'],
    ['a\u009b201~b', 'ab'],
    ['a\u001b[20\u001b[201~1~b', 'a[201~b'],
    ['\u001b]0;title\u0007', ']0;title'],
    ['one\r\ntwo\rthree', 'one\ntwo\nthree'],
    ['nul\0 del\u007f c1\u0085', 'nul del c1'],
    ['é 日本 👩‍💻', 'é 日本 👩‍💻'],
  ])('turns %j into %j', (text, clean) => {
    expect(sanitizeText(text)).toBe(clean)
  })
})

describe('keys', () => {
  it.each(['Enter', 'C-c', 'M-Left', 'C-M-x', 'F12', 'y', '1', ';', 'BSpace'])('knows %s', (key) => {
    expect(requireKey(key)).toBe(key)
  })

  it.each(['hello', 'F13', '', 'C-', 'Enter ', 'é', 'Ctrl-c', '\n'])(
    'refuses %j, which tmux would type',
    (key) => {
      expect(() => requireKey(key)).toThrow(TypeError)
    },
  )
})
