import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parsePermission } from './permission-payload.ts'
import { readQuestion } from './read-question.ts'

const place = { id: '7-1', askedAt: 1 }

describe('a question', () => {
  it('of Claude Code is told with its text and its choices', () => {
    const file = new URL('../fixtures/claude/hooks-command.tsv', import.meta.url)
    const lines = readFileSync(file, 'utf8').split('\n')
    const line = lines.find((one) => one.includes('"PermissionRequest"') && one.includes('AskUserQuestion'))
    expect(parsePermission(line?.split('\t').at(-1) ?? '', place)).toEqual({
      ...place,
      tool: 'AskUserQuestion',
      subject: 'Which color?',
      choices: ['Red', 'Blue'],
      isPartial: false,
      isQuestion: true,
    })
  })

  it('stands in one line, also where there are several, and is cut where it is endless', () => {
    const options = [{ label: 'Red\n' }, { label: 7 }, { label: 'Blue' }]
    const color = { question: 'Which\n  color?', options }
    expect(readQuestion({ questions: [color] })).toEqual({
      subject: 'Which color?',
      choices: ['Red', 'Blue'],
    })
    expect(readQuestion({ questions: [color, { question: 'Why?' }] })).toEqual({
      subject: 'Which color? (Red, Blue) Why?',
    })
    expect(readQuestion({ questions: [{ question: 'Why?' }] })).toEqual({ subject: 'Why?' })
    const endless = {
      question: 'a'.repeat(5_000),
      options: Array.from({ length: 50 }, () => ({ label: 'b' })),
    }
    const read = readQuestion({ questions: [endless] })
    expect([read?.subject.length, read?.choices?.length]).toEqual([1_000, 20])
  })

  it('that cannot be read is its input', () => {
    for (const questions of [undefined, 'Which?', [], [{ text: 'Which?' }]])
      expect(readQuestion({ questions })).toBeUndefined()
    const payload = JSON.stringify({ tool_name: 'AskUserQuestion', tool_input: { text: 'Which?' } })
    expect(parsePermission(payload, place)).toMatchObject({ subject: '{"text":"Which?"}', isQuestion: true })
  })
})
