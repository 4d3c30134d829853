import { describe, expect, test } from 'vitest'
import { textWidth } from './char-width.ts'
import type { InputEvent } from './input-parser.ts'
import { type Box, boxText, createBox, handleInput, openBox } from './prompt-box.ts'
import { type Prompt, promptRules, prompts } from './prompt-rules.ts'
import { drawBox } from './screen.ts'

const enter: InputEvent = { kind: 'key', key: 'enter' }
const pasted = (text: string): InputEvent => ({ kind: 'paste', text, bracketed: true })
const oneRead = (text: string): InputEvent => ({ kind: 'paste', text: `${text}\n`, bracketed: false })
const typed = (text: string): InputEvent => ({ kind: 'text', text })

/** Events, each so many milliseconds after the one before. */
function play(prompt: Prompt, events: readonly InputEvent[], gapMs = 1_000, dialog?: Box['dialog']) {
  let box: Box = { ...openBox(createBox({ rules: promptRules[prompt] })).box, dialog }
  const sent: string[] = []
  const answers: string[] = []
  events.forEach((event, index) => {
    const outcome = handleInput(box, event, index * gapMs)
    box = outcome.box
    for (const effect of outcome.effects) {
      if (effect.kind === 'submit') sent.push(effect.text)
      if (effect.kind === 'answer') answers.push(effect.answer)
    }
  })
  return { box, sent, answers }
}

describe.each(prompts)('the prompt box of %s', (prompt) => {
  test('sends a bracketed paste with an Enter of its own', () => {
    expect(play(prompt, [pasted('hello'), enter]).sent).toEqual(['hello'])
  })

  test('in a dialog takes a paste for nothing and an Enter for a yes', () => {
    const dialog = { title: 'Bash command', subject: 'ls' }
    expect(play(prompt, [pasted('please'), enter], 0, dialog)).toMatchObject({
      sent: [],
      answers: ['approved'],
    })
  })

  test('is drawn no wider than its window, with the cursor behind the text', () => {
    for (const columns of [40, 80, 200]) {
      const { box } = play(prompt, [typed('hello world '.repeat(20))])
      const { lines, cursor } = drawBox(box, { columns, rows: 24 })
      for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(columns)
      expect(lines[cursor.row]).toMatch(/hello|world/)
      const dialog = drawBox(
        { ...box, dialog: { title: 'Bash command', subject: 'x'.repeat(300) } },
        { columns, rows: 24 },
      )
      for (const line of dialog.lines) expect(textWidth(line)).toBeLessThanOrEqual(columns)
    }
  })
})

test.each([
  ['sim', []],
  ['claude', []],
  ['codex', []],
  ['gemini', []],
  ['opencode', ['hello']],
] as const)('text and a carriage return in one read at %s sends %j', (prompt, sent) => {
  expect(play(prompt, [oneRead('hello')]).sent).toEqual(sent)
})

test('Gemini CLI takes an Enter right behind a paste for a new line, and a later one sends', () => {
  expect(play('gemini', [pasted('hello'), enter], 20).sent).toEqual([])
  expect(play('gemini', [pasted('hello'), enter, enter], 60).sent).toEqual(['hello'])
  expect(play('codex', [pasted('hello'), enter], 0).sent).toEqual(['hello'])
})

test('Codex takes a letter in the midst of a typed message for an answer, Claude Code does not', () => {
  const dialog = { title: 'Bash command', subject: 'ls' }
  expect(play('codex', [typed('please go on')], 0, dialog).answers).toEqual(['approved'])
  expect(play('claude', [typed('please go on')], 0, dialog).answers).toEqual([])
})

test.each([
  ['claude', '[Pasted text #1 +19 lines]'],
  ['codex', '[Pasted Content 1999 chars]'],
  ['gemini', '[Pasted Text: 20 lines]'],
] as const)('%s folds a long paste up as %s', (prompt, shown) => {
  const text = Array.from({ length: 20 }, () => 'a'.repeat(99)).join('\n')
  expect(boxText(play(prompt, [pasted(text)]).box)).toBe(shown)
  const [sent = ''] = play(prompt, [pasted(text), enter]).sent
  expect(sent.includes('<pasted_content')).toBe(prompt === 'claude')
  expect(sent).toContain(text)
})
