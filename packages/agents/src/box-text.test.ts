import { describe, expect, it } from 'vitest'
import { boxStanding, showsToken } from './box-text.ts'

const token = 'tmo-m-7f3a9c2e'
const message = { token, text: `[from lead · ${token}] first line\n\tsecond — 三 line` }

describe('boxStanding', () => {
  it.each([
    ['', 'empty'],
    [' \n ', 'empty'],
    [message.text, 'ours'],
    [`[from lead · tmo-m-7f3\na9c2e] first line\n    second — 三 line`, 'ours'],
    ['second — 三 line', 'ours'],
    ['[Pasted text #12 +3 lines]', 'placeholder'],
    ['[Pasted text\n#12 +3 lines]', 'placeholder'],
    ['[Pasted Text: 20 lines]', 'placeholder'],
    ['[Pasted Text: 20 lines #2]', 'placeholder'],
    ['[Pasted Content 5000 chars]', 'placeholder'],
    ['[Pasted everything]', 'partial'],
    ['[Pasted text #1 +3 lines] and more', 'partial'],
    [`[from lead · ${token}] first`, 'partial'],
    [`${message.text} and mine`, 'partial'],
    [`${message.text} 私も`, 'partial'],
    ['a draft', 'partial'],
  ])('of %j is %s', (box, standing) => {
    expect(boxStanding(box, message)).toBe(standing)
  })
})

describe('showsToken', () => {
  it('sees a token across a line break', () => {
    expect(showsToken('x tmo-m-7f3\na9c2e y', token)).toBe(true)
    expect(showsToken('x tmo-m-7f3 y', token)).toBe(false)
  })
})
