import { describe, expect, it } from 'vitest'
import { escapeFormat, formatCommand, quoteArgument } from './quote.ts'

describe('quoting', () => {
  it.each([
    ['', '""'],
    ['plain-word_1', 'plain-word_1'],
    ['--', '"--"'],
    ['-t', '-t'],
    ['%if', '"%if"'],
    ['$1', '"\\$1"'],
    ['a b', '"a b"'],
    ['~', '"\\~"'],
    ['a;', '"a;"'],
    ['{', '"{"'],
    ['#comment', '"#comment"'],
    ['say "hi" \\', '"say \\"hi\\" \\\\"'],
    ['a\nkill-server', '"a\\nkill-server"'],
    ['\t\r\u001b\u007f', '"\\011\\015\\033\\177"'],
    ['日本 👩‍💻', '"日本 👩‍💻"'],
  ])('writes %j as %s', (text, quoted) => {
    expect(quoteArgument(text)).toBe(quoted)
  })

  it('never lets a newline through, so that one command is one line', () => {
    expect(formatCommand(['set-buffer', 'a\nb', '\n'])).not.toContain('\n')
  })

  it('refuses NUL', () => {
    expect(() => quoteArgument('a\0b')).toThrow(TypeError)
  })

  it.each([['%if'], ['FOO=bar'], ['# comment'], [''], ['kill-server\n']])(
    "refuses %j in a command's place",
    (name) => {
      expect(() => formatCommand([name])).toThrow(TypeError)
    },
  )

  it('refuses a command without words', () => {
    expect(() => formatCommand([])).toThrow(TypeError)
  })
})

describe('escaping for formats', () => {
  it.each([
    ['x#(touch y)', 'x##(touch y)'],
    ['#{pid}', '##{pid}'],
    ['##', '####'],
    ['#[fg=red]', '#[fg=red]'],
    ['#', '##'],
  ])('writes %j as %s', (text, escaped) => {
    expect(escapeFormat(text)).toBe(escaped)
  })
})
