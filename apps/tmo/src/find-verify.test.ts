import { expect, it } from 'vitest'
import { findVerify } from './find-verify.ts'

const find = async (files: Readonly<Record<string, string>>): Promise<string | undefined> =>
  (await findVerify(async (name) => files[name]))?.command
const tested = '{ "scripts": { "test": "vitest" } }'

it.each([
  [{ 'package.json': tested }, 'npm test'],
  [{ 'package.json': tested, 'pnpm-lock.yaml': '' }, 'pnpm test'],
  [{ 'package.json': tested, 'yarn.lock': '' }, 'yarn test'],
  [{ 'package.json': '{ "scripts": {} }', Makefile: 'all:\n\ntest: all\n\t./run\n' }, 'make test'],
  [{ 'Cargo.toml': '[package]\nname = "shop"\n' }, 'cargo test'],
  [{ 'go.mod': 'module example.org/shop\n' }, 'go test ./...'],
  [{ 'pyproject.toml': '[tool.pytest.ini_options]\n' }, 'python -m pytest'],
])('%j is tested by %s', async (files, command) => {
  expect(await find(files)).toBe(command)
})

it.each([
  {},
  { 'package.json': 'not JSON' },
  { 'package.json': 'null' },
  { 'package.json': '{ "scripts": { "test": "echo \\"Error: no test specified\\" && exit 1" } }' },
  { Makefile: 'build:\n\tcc -o test main.c\n' },
])('%j names no test', async (files) => {
  expect(await find(files)).toBeUndefined()
})
