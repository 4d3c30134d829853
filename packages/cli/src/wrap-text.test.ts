import { expect, it } from 'vitest'
import { wrapText } from './wrap-text.ts'

it('lines break at spaces, keep their own breaks, and a longer word has a line of its own', () => {
  expect(wrapText('one two three\n\nfour-and-a-half five', 9)).toBe('one two\nthree\n\nfour-and-a-half\nfive')
})

it('wide characters count as two cells', () => {
  expect(wrapText('日本 語', 6)).toBe('日本\n語')
})
