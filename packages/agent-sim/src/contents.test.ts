import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { contentAfter } from './add-section.ts'
import { identifierOf } from './section.ts'
import type { Task } from './team-view.ts'

const hostile = 'x */ --> <!-- `$y` \'q\' "d" \\ \\u000a """ $(id) {% raw %} <script> \ud800 日本'
const task = (id: string, title = hostile): Task => ({
  id,
  title,
  owner: 'd',
  state: 'taken',
  files: [],
  dependsOn: [],
})
const fresh = (path: string, id = 't1'): string =>
  contentAfter({ path, task: task(id), seed: 1, committed: undefined, moduleKind: 'esm' })
const after = (path: string, committed: string, id = 't2'): string =>
  contentAfter({ path, task: task(id), seed: 1, committed, moduleKind: 'esm' })

function syntaxErrors(fileName: string, text: string): readonly string[] {
  if (fileName.endsWith('.json')) return JSON.parse(text) === undefined ? ['empty'] : []
  const found = ts.transpileModule(text, {
    fileName,
    reportDiagnostics: true,
    compilerOptions: { allowJs: true },
  })
  return (found.diagnostics ?? []).map((one) => `${one.messageText}`)
}

test.each(['js', 'mjs', 'ts', 'jsx', 'tsx', 'json'])(
  'a new .%s file and what is added to it parse',
  (extension) => {
    const path = `src/file.${extension}`
    const first = fresh(path)
    const second = after(path, first)
    for (const text of [first, second, after(path, second, 't1')])
      expect(syntaxErrors(path, text)).toEqual([])
    expect(second).not.toBe(first)
  },
)

test('the check of syntax finds what does not parse', () => {
  expect(syntaxErrors('a.js', 'export function (')).not.toEqual([])
})

test('a script, python and a declaration parse too', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tmo-sim-'))
  try {
    const run = (name: string, program: string, ...args: string[]): void => {
      const file = join(folder, name)
      writeFileSync(file, after(name, fresh(name)))
      execFileSync(program, [...args, file])
    }
    run('a.sh', 'sh', '-n')
    run('a.py', 'python3', '-c', 'import ast, sys; ast.parse(open(sys.argv[1]).read())')
  } finally {
    rmSync(folder, { recursive: true })
  }
  expect(fresh('a.d.ts')).toContain('export declare function aD(): {')
})

test('a file gets a function named after it, and a comment that names the task', () => {
  const text = fresh('src/date-range.ts')
  expect(text).toMatch(/\/\*\*\n \* t1: x /)
  expect(text).toContain('export function dateRange()')
  expect(identifierOf('src/class.js')).toBe('runClass')
  expect(identifierOf('2fa.js')).toBe('run2fa')
  expect(identifierOf('.eslintrc')).toBe('eslintrc')
})

test('what stood in a file before stays as it was, in front of what is added', () => {
  for (const [path, before] of [
    ['a.js', 'module.exports = 1'],
    ['a.ts', 'export const a = 1\n'],
    ['README.md', '# Title\r\ntext\r\n'],
    ['Makefile', 'all:\n\ttrue\n'],
    ['notes', 'plain'],
  ] as const) {
    const text = after(path, before)
    expect(text.startsWith(before)).toBe(true)
    expect(text.length).toBeGreaterThan(before.length)
  }
})

test('JSON keeps its members', () => {
  expect(JSON.parse(after('a.json', '{"a": [1]}'))).toMatchObject({ a: [1], 'x-t2': { task: 't2' } })
  expect(JSON.parse(after('a.json', '[1]'))).toMatchObject([1, { task: 't2' }])
})

test.each(['a.js', 'a.json', 'a.md', 'a.py', 'a.html', 'a.txt', 'a.csv', 'Dockerfile'])(
  'the same task done again on %s adds another section, and never the same text twice',
  (path) => {
    const first = fresh(path)
    const second = after(path, first, 't1')
    const third = after(path, second, 't1')
    expect(new Set([first, second, third]).size).toBe(3)
  },
)

test('contents depend on seed, task and path alone', () => {
  const at = (seed: number, id = 't1', path = 'a.md'): string =>
    contentAfter({ path, task: task(id), seed, committed: undefined, moduleKind: 'esm' })
  expect(at(3)).toBe(at(3))
  expect(new Set([at(3), at(4), at(3, 't2'), at(3, 't1', 'b.md')]).size).toBe(4)
})
