import { expect, it } from 'vitest'
import { parseChanges } from './merge-sides.ts'

it('joins kinds and counts by path; binary files have no counts', () => {
  const text =
    ':100644 100644 aa bb M\0a\tb.txt\0:000000 100644 00 cc A\0new\0:100644 000000 dd 00 D\0gone.bin\0' +
    '2\t1\ta\tb.txt\x003\t0\tnew\0-\t-\tgone.bin\0'
  expect([...parseChanges(text)]).toEqual([
    ['a\tb.txt', { kind: 'modified', addedLines: 2, removedLines: 1 }],
    ['new', { kind: 'added', addedLines: 3, removedLines: 0 }],
    ['gone.bin', { kind: 'deleted' }],
  ])
})
