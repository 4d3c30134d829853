import { describe, expect, it } from 'vitest'
import { formatDuration, formatTable, textWidth, toPlainText } from './format.ts'

it.each([
  [-5, '0 ms'],
  [0, '0 ms'],
  [849.6, '850 ms'],
  [999.9, '1.0 s'],
  [4210, '4.2 s'],
  [59_949, '59.9 s'],
  [59_950, '1 m 00 s'],
  [185_000, '3 m 05 s'],
  [3_599_600, '1 h 00 m'],
  [7_800_000, '2 h 10 m'],
  [273_600_000, '3 d 4 h'],
])('%d milliseconds are %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

describe('tables', () => {
  it('align columns by the cells they take on a terminal', () => {
    expect(
      formatTable(
        [
          ['a', 'bb'],
          ['界', '\u001b[32mc\u001b[39m', 'd'],
        ],
        ['NAME', 'X'],
      ),
    ).toBe('NAME  X\na     bb\n界    \u001b[32mc\u001b[39m   d')
  })

  it('keep one line per row', () => {
    expect(formatTable([['a\nb', 'c']])).toBe('a b  c')
    expect(formatTable([])).toBe('')
  })
})

it('widths count what a terminal shows', () => {
  expect(textWidth('abc')).toBe(3)
  expect(textWidth('e\u0301界👍')).toBe(5)
  expect(textWidth('\u001b]8;;http://x\u0007link\u001b]8;;\u0007')).toBe(4)
})

it('text of unknown origin cannot drive the terminal', () => {
  expect(toPlainText('a\u001b[2Jb\u001b]0;title\u0007c')).toBe('abc')
  expect(toPlainText('a\rb\u0000\u009bc\td\r\ne')).toBe('a\ufffdb\ufffd\ufffdc\td\ne')
  expect(toPlainText('safe\u202egnp.exe')).toBe('safegnp.exe')
})
