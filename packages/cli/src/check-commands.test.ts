import { describe, expect, it } from 'vitest'
import { checkCommands } from './check-commands.ts'
import type { Command } from './command.ts'
import { splitWords } from './split-words.ts'

const good: Command = {
  name: 'task add',
  summary: 'Add a task.',
  examples: [`demo task add 'a title' --limit 3 # three`],
  args: [{ name: 'title', description: 'its title', required: true }],
  options: [{ flag: '--limit <n>', description: 'how many', type: 'integer' }],
  run: async () => undefined,
}
const check = (...commands: readonly Command[]): readonly string[] =>
  checkCommands({ name: 'demo', commands })

describe('checkCommands', () => {
  it('finds nothing wrong with what is right', () => {
    expect(check(good)).toEqual([])
  })

  it.each([
    [{ ...good, examples: ['demo task add'] }, 'does not parse: missing title'],
    [{ ...good, examples: ['demo task add x --limit many'] }, 'does not parse: --limit is many'],
    [{ ...good, examples: ['other task add x'] }, 'does not start with demo'],
    [{ ...good, examples: ['demo task'] }, 'names no command'],
    [{ ...good, examples: [] }, 'it has no example'],
    [
      { ...good, examples: Array.from({ length: 60 }, (_, at) => `demo task add ${at}`) },
      'its help has 80 rows, more than the 56 of a screen',
    ],
    [{ ...good, summary: 'add' }, 'its summary is not a sentence'],
    [{ ...good, name: 'Task' }, 'its name is not lower-case words'],
    [{ ...good, options: [...good.options, ...good.options] }, '--limit is declared twice'],
    [
      { ...good, options: [...good.options, { flag: '--json', description: 'x' }] },
      '--json is declared twice',
    ],
    [
      { ...good, options: [...good.options, { flag: '-limit', description: 'x' }] },
      'not a flag declaration: -limit',
    ],
    [
      {
        ...good,
        args: [{ name: 'a', description: 'a' }, ...(good.args ?? [])],
        examples: ['demo task add x y'],
      },
      'a required argument follows an optional one',
    ],
  ] as const)('says what is wrong', (command, problem) => {
    expect(check(command).join('\n')).toContain(problem)
  })

  it('finds two commands of one name', () => {
    expect(check(good, { ...good, aliases: ['x'] })).toContain('two commands are called task add')
  })
})

it('words of an example are split as a shell does', () => {
  expect(splitWords(`a  'b c' "d \\"e\\" $" f\\ g '' --x=' y' # comment`)).toEqual([
    'a',
    'b c',
    'd "e" $',
    'f g',
    '',
    '--x= y',
  ])
})
