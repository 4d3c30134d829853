import { describe, expect, it } from 'vitest'
import { findLostLines, hasConflictMarkers } from './lost-lines.ts'

const lost = (base: string, side: string, other: string, resolution: string) => [
  ...findLostLines({ base, side, other, resolution }),
]

describe('a line that a side added', () => {
  it('is lost when the resolution lacks it', () => {
    expect(lost('a\n', 'a\nours\n', 'a\ntheirs\n', 'a\ntheirs\n')).toEqual([['ours', 1]])
  })

  it('is kept wherever it stands, with either line end', () => {
    expect(lost('a\n', 'ours\na\n', 'a\n', 'a\r\nours\r\n')).toEqual([])
  })

  it('is needed once when both added it', () => {
    expect(lost('a\n', 'a\nsame\n', 'a\nsame\n', 'a\nsame\n')).toEqual([])
    expect(lost('a\n', 'a\nsame\n', 'a\nsame\n', 'a\n')).toEqual([['same', 1]])
  })

  it('counts apart from the same line that was there before', () => {
    expect(lost('x\n', 'x\nx\nx\n', 'x\n', 'x\n')).toEqual([['x', 2]])
    expect(lost('x\n', 'x\nx\n', '', 'x\n')).toEqual([])
  })

  it('is no loss when it is blank, nor when it was there before and the other side took it away', () => {
    expect(lost('a\n', 'a\n\n  \n', 'a\n', 'a\n')).toEqual([])
    expect(lost('a\nold\n', 'a\nold\n', 'a\n', 'a\n')).toEqual([])
  })
})

it('markers of a conflict are seen at the start of lines alone, all three of them', () => {
  expect(hasConflictMarkers('a\n<<<<<<< ours\nx\n=======\ny\n>>>>>>> theirs\n')).toBe(true)
  expect(hasConflictMarkers('Title\n=======\n\n  <<<<<<< not\n >>>>>>> these\n')).toBe(false)
})
