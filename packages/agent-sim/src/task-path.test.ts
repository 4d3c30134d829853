import { expect, test } from 'vitest'
import { namedPath, safeName, taskFiles } from './task-path.ts'
import { namedFiles, parseTasks } from './team-view.ts'

test.each([
  '../x',
  'a/../../x',
  'a/..',
  '/etc/passwd',
  '~/x',
  'C:\\x',
  '\\\\host\\x',
  '.git/config',
  'sub/.GIT/hooks/x',
  '.git',
  'git~1/x',
  '.git./x',
  'a\nb',
  'a\0b',
  '',
  '.',
  './',
  'x'.repeat(300),
  `${'a/'.repeat(600)}b`,
])('%j is refused', (name) => {
  expect(namedPath(name, 't1')).toHaveProperty('refused')
})

test.each([
  ['src/a.ts', 'src/a.ts'],
  ['./src//a.ts', 'src/a.ts'],
  ['-rf', '-rf'],
  [':(glob)*', ':(glob)*'],
  ['.gitignore', '.gitignore'],
  ['.github/x.yml', '.github/x.yml'],
  ['docs/', 'docs/t1.md'],
  ['ünï/日本.md', 'ünï/日本.md'],
])('%j is the file %s', (name, path) => {
  expect(namedPath(name, 't1')).toEqual({ path })
})

test('a task that names no file gets a page of its own, under a safe name', () => {
  const [task] = parseTasks({
    tasks: [{ id: '../t 1', title: 'x', owner: 'demo-abcd/developer', state: 'open' }],
  })
  expect(task).toMatchObject({ owner: 'developer' })
  expect(task && taskFiles(task)).toEqual(['work/t-1.md'])
  expect(safeName('--')).toBe('task')
})

test('files are found in backticks, and what is no file is left alone', () => {
  const text =
    'Write `src/a.ts` and `b.json`, run `npm test`, `npm`, `*.js`, `--flag.x`, see `https://x.y/z`, `src/a.ts`'
  expect(namedFiles(text)).toEqual(['src/a.ts', 'b.json'])
})

test('an answer without the list is refused', () => {
  expect(() => parseTasks({ error: 'no' })).toThrow('no list of tasks')
  expect(() => parseTasks([{ id: 't1' }])).toThrow('without id or state')
})
