import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { verbTools } from './mcp-tools.ts'

const call = (name: string, input: Readonly<Record<string, unknown>> = {}) => {
  const tool = verbTools.find((one) => one.name === name)
  if (!tool) throw new Error(`there is no tool ${name}`)
  return tool.verb(z.object(tool.input).strict().parse(input))
}

describe('a verb as a tool', () => {
  it.each([
    ['report', { kind: 'done', note: 'all of it' }, ['report', '--', 'done', 'all of it']],
    ['report', { kind: 'progress' }, ['report', '--', 'progress']],
    ['inbox', {}, ['inbox']],
    ['task_list', { mine: true }, ['task', 'list', '--mine']],
    ['task_add', { title: 'T', owner: 'dev' }, ['task', 'add', '--owner', 'dev', '--', 'T']],
    ['task_assign', { id: 't1', owner: 'dev' }, ['task', 'assign', '--', 't1', 'dev']],
    ['task_take', { id: 't1' }, ['task', 'take', '--', 't1']],
    ['task_done', { id: 't1', evidence: 'e' }, ['task', 'done', '--', 't1', 'e']],
    ['task_drop', { id: 't1' }, ['task', 'drop', '--', 't1']],
    ['agent_list', {}, ['agent', 'list']],
    ['schedule_add', { when: '5', to: 'dev', note: 'n' }, ['schedule', 'add', '--', '5', 'dev', 'n']],
    ['schedule_list', {}, ['schedule', 'list']],
    ['schedule_cancel', { name: 'n' }, ['schedule', 'cancel', '--', 'n']],
  ])('%s says %j as %j', (name, input, argv) => {
    expect(call(name, input).argv).toEqual(argv)
  })

  it('hands a message on by stdin, whatever it says', () => {
    expect(call('send', { to: 'dev', text: '--json\n-' })).toEqual({
      argv: ['send', '--', 'dev', '-'],
      stdin: '--json\n-',
    })
  })

  it('keeps what looks like a flag behind the words that are data', () => {
    const { argv } = call('report', { kind: 'done', note: '--owner' })
    expect(argv.indexOf('--owner')).toBeGreaterThan(argv.indexOf('--'))
    expect(() => call('report', { kind: 'stop' })).toThrow(/progress/)
    expect(() => call('report', { kind: 'done', note: 'a\u0000b' })).toThrow(/NUL/)
    expect(() => call('task_take', { id: 't1', force: true })).toThrow(/force/)
  })

  it('takes a text of 100,000 bytes, however many characters these are, and says where a larger one goes', () => {
    const note = 'é'.repeat(50_000)
    expect(call('report', { kind: 'done', note }).argv.at(-1)).toBe(note)
    expect(() => call('report', { kind: 'done', note: `${note}é` })).toThrow(/write it to a file/)
  })
})
