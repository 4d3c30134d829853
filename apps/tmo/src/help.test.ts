import { readFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import { checkCommands, main } from '@tmux-orchestrator/cli'
import { expect, it } from 'vitest'
import { bareCommand } from './commands/bare.ts'
import { commands } from './commands.ts'
import { helpTools, tools } from './tools.ts'

const summary = 'Teams of AI coding agents in tmux.'
const program = { name: 'tmo', summary, commands, bare: bareCommand }
const columns = 80
const rows = 56

/** What the contract promises: every command, and the flags that it names. */
const promised: Readonly<Record<string, string>> = {
  run: '--project --spec --agent --roles --team-type --size --plan --model --permission-mode --trust --trust-hooks --base --verify --merge --max-concurrent --wait --timeout --dry-run',
  demo: '',
  init: '--project',
  list: '',
  status: '--watch',
  attach: '',
  logs: '',
  explain: '',
  approve: '',
  deny: '',
  send: '--all --wait',
  'task list': '',
  'task add': '',
  'task assign': '',
  'task done': '',
  'task drop': '',
  'agent list': '',
  'schedule add': '--tz',
  'schedule list': '',
  'schedule cancel': '',
  report: '',
  inbox: '',
  mcp: '',
  diff: '',
  cost: '',
  accept: '',
  pr: '',
  stop: '--all',
  resume: '--all',
  clean: '--all --dry-run --yes',
  doctor: '',
  'config show': '',
  restart: '',
  uninstall: '--dry-run --yes',
  completion: '',
}

async function helpOf(...words: readonly string[]): Promise<readonly string[]> {
  const chunks: string[] = []
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk))
      done()
    },
  })
  const before = process.exitCode
  await main({
    ...program,
    version: '1.0.0',
    tools: helpTools,
    argv: [...words, '--help'],
    env: {},
    stdout,
    stderr: stdout,
    signals: false,
  })
  process.exitCode = before
  return chunks.join('').trimEnd().split('\n')
}

const names = ['', ...Object.keys(promised)]

it('every command and flag is well formed, and every example parses', () => {
  expect(checkCommands({ name: 'tmo', commands })).toEqual([])
})

it('the commands are those that are promised, with the flags that are', () => {
  expect([...commands.map(({ name }) => name), 'completion']).toEqual(Object.keys(promised))
  for (const { name, options } of commands) {
    const flags = options.map(({ flag }) => /--[\w-]+/.exec(flag)?.[0])
    expect(flags, name).toEqual(expect.arrayContaining((promised[name] ?? '').split(' ').filter(Boolean)))
  }
})

it.each(names)('the help of tmo %s fits a screen', async (name) => {
  const lines = await helpOf(...name.split(' ').filter(Boolean))
  expect(lines.filter((line) => line.length > columns)).toEqual([])
  expect(lines.length).toBeLessThanOrEqual(rows)
})

it('the help of all names every command and every tool of this repository', async () => {
  const text = (await helpOf()).join('\n')
  for (const name of Object.keys(promised)) for (const word of name.split(' ')) expect(text).toContain(word)
  const there = Object.keys(tools).filter((name) => isThere(tools[name] ?? ''))
  expect(helpTools.map(({ name }) => name).sort()).toEqual(there.sort())
})

it('the README names every command', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  for (const name of Object.keys(promised)) {
    const [first = '', second = first] = name.split(' ')
    expect(readme).toMatch(new RegExp(`\`tmo ${first}\\b`))
    expect(readme).toMatch(new RegExp(`\\b${second}\\b`))
  }
})

/** An app's folder is called as its package, but for `-cli`. */
function isThere(packageName: string): boolean {
  const folder = packageName.replace(/^.*\//, '').replace(/-cli$/, '')
  try {
    readFileSync(new URL(`../../${folder}/package.json`, import.meta.url))
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
