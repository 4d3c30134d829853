import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type InputEvent, InputParser, plainText } from './input-parser.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function read(...chunks: readonly string[]): readonly InputEvent[] {
  const parser = new InputParser()
  return chunks.flatMap((chunk) => parser.feed(bytes(chunk)))
}

const enter = { kind: 'key', key: 'enter' }

describe('a read of the terminal', () => {
  test('text alone is typed text, a carriage return alone is Enter', () => {
    expect(read('hello', '\r')).toEqual([{ kind: 'text', text: 'hello' }, enter])
  })

  test('text and a carriage return in one read are a paste with a newline', () => {
    expect(read('hello\r')).toEqual([{ kind: 'paste', text: 'hello\n', bracketed: false }])
    expect(read('a\rb\r')).toEqual([{ kind: 'paste', text: 'a\nb\n', bracketed: false }])
  })

  test('a carriage return behind a bracketed paste in the same read is Enter', () => {
    expect(read('\x1b[200~a\rb\x1b[201~\r')).toEqual([
      { kind: 'paste', text: 'a\nb', bracketed: true },
      enter,
    ])
  })

  test('two carriage returns are two Enters, a line feed is a newline', () => {
    expect(read('\r\r\n')).toEqual([enter, enter, { kind: 'key', key: 'newline' }])
  })

  test('arrow keys and answers of the terminal mean nothing', () => {
    expect(read('\x1b[A\x1bOB\x1b[1;5C\x1b]11;rgb:0/0/0\x07\x1b[?62;c')).toEqual([])
  })

  test('an escape waits for what may follow, and is the Esc key when nothing does', () => {
    const parser = new InputParser()
    expect(parser.feed(bytes('\x1b'))).toEqual([])
    expect(parser.pending).toBe(true)
    expect(parser.flush()).toEqual([{ kind: 'key', key: 'escape' }])
    expect(parser.pending).toBe(false)
  })

  test('inside a paste nothing is a key: escape sequences go, tabs become blanks', () => {
    expect(read('\x1b[200~a\tb\x1b[31mred\x1b[0m\x03\r\nc\x1b[201~')).toEqual([
      { kind: 'paste', text: 'a    bred\nc', bracketed: true },
    ])
  })

  test('a paste beyond its limit is cut, and what follows it is read as usual', () => {
    const parser = new InputParser({ pasteMaxChars: 5 })
    const events = parser.feed(bytes('\x1b[200~123456789\x1b[201~x'))
    expect(events).toEqual([
      { kind: 'paste', text: '12345', bracketed: true },
      { kind: 'text', text: 'x' },
    ])
  })

  test('a bracketed paste gives the same event wherever its bytes are split', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 }).map(plainText)
    fc.assert(
      fc.property(text, fc.array(fc.nat(120), { maxLength: 8 }), (content, cuts) => {
        const whole = bytes(`\x1b[200~${content}\x1b[201~`)
        const at = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length]
        const parser = new InputParser()
        const events = at.slice(1).flatMap((end, index) => parser.feed(whole.subarray(at[index], end)))
        expect(events).toEqual([{ kind: 'paste', text: content, bracketed: true }])
        expect(parser.pending).toBe(false)
      }),
    )
  })

  test('a character split over two reads is one character', () => {
    const parser = new InputParser()
    const [first, second] = [bytes('日').subarray(0, 1), bytes('日').subarray(1)]
    expect([...parser.feed(first), ...parser.feed(second)]).toEqual([{ kind: 'text', text: '日' }])
  })
})
