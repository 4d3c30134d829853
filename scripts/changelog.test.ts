import { expect, it } from 'vitest'
import changelog from './changelog.mjs'

it('keeps the words of a changeset, and their paragraphs in one point', async () => {
  expect(await changelog.getReleaseLine({ summary: 'A cart\nin two lines. \n\nAnd a till.\n' })).toBe(
    '- A cart\n  in two lines.\n\n  And a till.',
  )
})

it('says in one line which packages of ours are needed in a new version, and nothing where none is', async () => {
  const updated = [
    { name: 'a', newVersion: '0.2.0' },
    { name: 'b', newVersion: '1.0.1' },
  ]
  expect(await changelog.getDependencyReleaseLine([{ summary: 'x' }], updated)).toBe(
    '- Needs `a` 0.2.0, `b` 1.0.1.',
  )
  expect(await changelog.getDependencyReleaseLine([], [])).toBe('')
})
