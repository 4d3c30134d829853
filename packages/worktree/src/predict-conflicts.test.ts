import { expect, it } from 'vitest'
import { parseMerges } from './predict-conflicts.ts'

it('reads clean and conflicted merges in their order, paths with line ends among them', () => {
  const text = '0\0t1\0a\0a\0b\nc\0\x001\0t2\0\x000\0t3\0d\0\0'
  expect(parseMerges(text)).toEqual([
    { tree: 't1', files: ['a', 'b\nc'] },
    { tree: 't2', files: [] },
    { tree: 't3', files: ['d'] },
  ])
})

it('reads nothing from nothing', () => {
  expect(parseMerges('')).toEqual([])
})
