import { expect, test } from 'vitest'
import { textWidth } from './char-width.ts'
import { createBox, openBox } from './prompt-box.ts'
import { drawBox, drawMessage } from './screen.ts'

const ready = openBox(createBox()).box
const size = { columns: 24, rows: 12 }

test('the box holds wide text in rows of equal width', () => {
  const picture = drawBox(
    { ...ready, draft: [{ kind: 'text', text: '日本語のテキスト e\u0301👍 long enough to wrap' }] },
    size,
  )
  const framed = picture.lines.slice(0, -1)
  expect(new Set(framed.map(textWidth))).toEqual(new Set([size.columns - 1]))
  expect(framed[1]).toMatch(/^│ > 日本語/)
  expect(framed[2]).toMatch(/^│ {3}\S/)
  expect(picture.lines.at(-1)).toBe('  idle')
})

test('a draft that is higher than the screen shows its end', () => {
  const text = Array.from({ length: 9 }, (_, index) => `row ${index}`).join('\n')
  const picture = drawBox({ ...ready, draft: [{ kind: 'text', text }] }, { columns: 24, rows: 8 })
  expect(picture.lines.length).toBeLessThanOrEqual(8)
  expect(picture.lines.join('\n')).toContain('row 8')
  expect(picture.lines.join('\n')).not.toContain('row 2')
})

test('a dialog stands in the place of the box', () => {
  const { lines } = drawBox({ ...ready, dialog: { title: 'Bash command', subject: 'rm -rf x' } }, size)
  expect(lines.slice(1)).toEqual([
    ' Bash command',
    ' rm -rf x',
    ' Do you want to proceed?',
    ' ❯ 1. Yes',
    '   2. No',
    '',
    ' Esc to cancel',
  ])
})

test('a long message is cut', () => {
  expect(drawMessage('❯', 'x\n'.repeat(100), size).length).toBeLessThan(16)
  expect(drawMessage('❯', 'x'.repeat(1_000_000), size).join('')).toMatch(/…/)
})
