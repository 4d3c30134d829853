import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { creditsCommands } from '../apps/credits/src/commands.ts'
import { schedulerCommands } from '../apps/scheduler/src/commands.ts'
import { syncCommands } from '../apps/sync/src/commands.ts'
import { teamCommand } from '../apps/team/src/command.ts'
import { bareCommand } from '../apps/tmo/src/commands/bare.ts'
import { commands } from '../apps/tmo/src/commands.ts'
import { type Command, checkCommands } from '../packages/cli/src/index.ts'
import { root } from './say.mjs'
import { steady } from './steady.mjs'
import { readTerminalSvg } from './terminal-svg.mjs'

interface Program {
  readonly name: string
  readonly commands: readonly Command[]
  readonly bare?: Command
}

const tmo: Program = { name: 'tmo', commands, bare: bareCommand }
const tools: Readonly<Record<string, Program>> = {
  daemon: { name: 'tmo-scheduler', commands: schedulerCommands },
  sync: { name: 'tmo-sync', commands: syncCommands },
  credits: { name: 'tmo-credits', commands: creditsCommands },
  team: { name: 'tmo-team', commands: [], bare: teamCommand },
}
/** `npm run docs` writes it. */
const generated = 'docs/api'
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'examples/README.md'],
  ...listPages('docs'),
  ...['packages', 'apps'].flatMap((folder) =>
    readdirSync(join(root, folder)).flatMap((name) => listPages(`${folder}/${name}`)),
  ),
]

/** Markdown files of a folder, but not what others installed into it. */
function listPages(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return folder.startsWith('docs') && path !== generated ? listPages(path) : []
    return entry.name.endsWith('.md') ? [path] : []
  })
}

/** The command lines of a page's shell blocks: `tmo …`, `tmo-… …`, and what `npm start --` hands to `tmo`. */
function listLines(text: string): readonly string[] {
  return [...text.matchAll(/^```(?:sh|console)\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) =>
    block
      .split('\n')
      .flatMap(splitPipes)
      .map((line) =>
        line
          .trim()
          .replace(/^\$ /, '')
          .replace(/^([A-Z_]+=\S+ )+/, ''),
      )
      .map((line) => line.replace(/^npm start (--silent )?-- /, 'tmo '))
      .filter((line) => /^tmo(-[a-z]+)?( |$)/.test(line) && !line.startsWith('tmo-agent-sim')),
  )
}

/** A line's commands, without its comment. */
function splitPipes(line: string): readonly string[] {
  const [code = ''] = /^(?:"[^"]*"|'[^']*'|(?<! )#|[^"'#])*/.exec(line) ?? []
  return code.split(/ (?:&&|\|) |(?<= )[<>]/)
}

/** What is wrong with a command line; `undefined` when it parses. */
function problemOf(line: string): string | undefined {
  const [first = '', second = '', ...others] = line.split(' ')
  const tool = first === 'tmo' ? tools[second] : undefined
  const program = tool ?? [tmo, ...Object.values(tools)].find(({ name }) => name === first)
  if (program === undefined) return 'there is no such program'
  const words = tool === undefined ? [second, ...others] : others
  if (words[0] === 'completion') return undefined
  const text = [program.name, ...words].join(' ').trim()
  const named = [...program.commands]
    .sort((a, b) => b.name.length - a.name.length)
    .find(({ name }) => `${words.join(' ')} `.startsWith(`${name} `))
  const command = named ?? program.bare
  if (command === undefined) return 'there is no such command'
  const examined = { ...command, examples: [text] }
  const problems = checkCommands({
    name: program.name,
    commands: program.commands.map((one) => (one === command ? examined : { ...one, examples: [] })),
    ...(command === program.bare ? { bare: examined } : {}),
  })
  return problems.find((problem) => problem.includes(text))
}

const lines = pages.flatMap((page) =>
  listLines(readFileSync(join(root, page), 'utf8')).map((line) => ({ page, line })),
)

describe('command lines', () => {
  it('are found in the guides, the tour and the READMEs', () => {
    for (const page of ['README.md', 'docs/guides/change-it.md', 'apps/tmo/README.md', 'apps/sync/README.md'])
      expect(lines.map((one) => one.page)).toContain(page)
    expect(listLines('```sh\nA=b tmo list # all\ngit log | tmo send x/y - && tmo --help\n```\n')).toEqual([
      'tmo list',
      'tmo send x/y -',
      'tmo --help',
    ])
  })

  it.each(['tmo lst', 'tmo list --al', 'tmo task add shop', 'tmo sync nwo shop', 'tmo-sync', 'tmo shop'])(
    'that are wrong are found: %s',
    (line) => {
      expect(problemOf(line)).toBeDefined()
    },
  )

  it('of every page parse', () => {
    const problems = lines.map(({ page, line }) => ({ page, line, problem: problemOf(line) }))
    expect(problems.filter(({ problem }) => problem !== undefined)).toEqual([])
  })
})

it('every link of a page to a file of this repository leads to one', () => {
  const broken = pages.flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target = '']) => join(dirname(page), target))
      .filter((target) => !existsSync(join(root, target)))
      .map((target) => `${page}: ${relative('.', target)}`),
  )
  expect(broken).toEqual([])
})

it('the tour of the README shows what was recorded', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const [, after = ''] = readme.split('](docs/tour.svg)\n')
  const [, block = ''] = /^```\n([\s\S]*?)^```/m.exec(after) ?? []
  const screens = readTerminalSvg(readFileSync(join(root, 'docs/tour.svg'), 'utf8'))
  const recorded = screens.flatMap(({ lines }) => lines.map(steady))
  const shown = block.split('\n').map(steady)
  expect(shown.length).toBeGreaterThan(8)
  expect(shown.filter((line) => line !== '' && !recorded.includes(line))).toEqual([])
  const words = screens.flatMap(({ command }) => command.replace(/ \|.*$/, '').split(' && '))
  for (const command of words) expect(readme).toContain(command.replace(/^tmo /, ''))
})
