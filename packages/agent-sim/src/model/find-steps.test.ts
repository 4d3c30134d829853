import { describe, expect, it } from 'vitest'
import { findSteps } from './find-steps.ts'

const read = (text: string): readonly (readonly [string, string])[] =>
  findSteps(text).map(({ op, argument }) => [op, argument])

describe('the steps in a text', () => {
  it('are found in order, wherever they stand', () => {
    expect(read('[brief] do it <<bash echo hi>> then <<text all done>>\n<<429 5 2>>')).toEqual([
      ['bash', 'echo hi'],
      ['text', 'all done'],
      ['429', '5 2'],
    ])
  })

  it('may span lines and have no argument', () => {
    expect(read('<<hang>><<write /a b\nc>>')).toEqual([
      ['hang', ''],
      ['write', '/a b\nc'],
    ])
  })

  it('may hold other steps, which are their text', () => {
    expect(read('<<tool Write {"content":"<<bash ls>>"}>> <<text x>>')).toEqual([
      ['tool', 'Write {"content":"<<bash ls>>"}'],
      ['text', 'x'],
    ])
  })

  it('may hold what closes others, between longer fences', () => {
    expect(read('<<<bash date >> log>>> <<text x>>')).toEqual([
      ['bash', 'date >> log'],
      ['text', 'x'],
    ])
  })

  it('may hold a here-document', () => {
    expect(read("<<bash cat <<'END'\nx\nEND>>")).toEqual([['bash', "cat <<'END'\nx\nEND"]])
  })

  it('are only those with a known word and an end', () => {
    expect(read('a <<b>> c <<textual>> <<text never closed')).toEqual([])
  })

  it('are found behind one that was never closed', () => {
    expect(read('<<<text a>> <<hang>>')).toEqual([['hang', '']])
  })
})
