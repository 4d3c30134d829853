import { expect, test } from 'vitest'
import { parseWorktreeList } from './parse-worktree-list.ts'

const id = 'a'.repeat(40)

test('paths and reasons with spaces and newlines survive', () => {
  const text = `worktree /r\0HEAD ${id}\0branch refs/heads/main\0\0worktree /w t/x\ny\0HEAD ${id}\0detached\0locked two\nlines\0\0`
  expect(parseWorktreeList(text)).toEqual([
    { path: '/r', head: id, branch: 'main', bare: false, detached: false, main: true },
    { path: '/w t/x\ny', head: id, bare: false, detached: true, locked: 'two\nlines', main: false },
  ])
})

test('a bare repository and an unborn branch have no head, a lost directory says why', () => {
  const zeros = '0'.repeat(40)
  const text = `worktree /b.git\0bare\0\0worktree /w\0HEAD ${zeros}\0branch refs/heads/new\0locked\0prunable gone\0\0`
  expect(parseWorktreeList(text)).toEqual([
    { path: '/b.git', bare: true, detached: false, main: true },
    { path: '/w', branch: 'new', bare: false, detached: false, locked: '', prunable: 'gone', main: false },
  ])
})

test('text that is no list is refused', () => {
  expect(() => parseWorktreeList('fatal: no\0\0')).toThrow(TypeError)
})
