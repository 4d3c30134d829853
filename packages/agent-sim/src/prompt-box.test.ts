import { describe, expect, test } from 'vitest'
import type { InputEvent } from './input-parser.ts'
import { type Box, boxText, createBox, type Effect, handleInput, openBox, statusLine } from './prompt-box.ts'

const key = (name: Extract<InputEvent, { kind: 'key' }>['key']): InputEvent => ({ kind: 'key', key: name })
const typed = (text: string): InputEvent => ({ kind: 'text', text })
const pasted = (text: string, bracketed = true): InputEvent => ({ kind: 'paste', text, bracketed })
const ready = openBox(createBox()).box

function play(box: Box, events: readonly InputEvent[], nowMs = 0): { box: Box; effects: Effect[] } {
  const effects: Effect[] = []
  let current = box
  for (const event of events) {
    const outcome = handleInput(current, event, nowMs)
    current = outcome.box
    effects.push(...outcome.effects)
  }
  return { box: current, effects }
}

describe('the draft', () => {
  test('is sent by Enter, and the box is empty then', () => {
    const { box, effects } = play(ready, [typed('hi'), key('enter')])
    expect(effects).toEqual([{ kind: 'submit', text: 'hi' }])
    expect(boxText(box)).toBe('')
  })

  test('Enter on an empty box does nothing', () => {
    expect(play(ready, [key('enter'), typed('  '), key('enter')]).effects).toEqual([])
  })

  test('a backslash at the end makes Enter a newline', () => {
    const { box, effects } = play(ready, [typed('one\\'), key('enter'), typed('two')])
    expect(effects).toEqual([])
    expect(boxText(box)).toBe('one\ntwo')
    expect(play(box, [key('enter')]).effects).toEqual([{ kind: 'submit', text: 'one\ntwo' }])
  })

  test('a long paste is shown as a placeholder and sent whole in a wrapper', () => {
    const text = Array.from({ length: 12 }, (_, index) => `line ${index}`).join('\n')
    const { box, effects } = play(ready, [typed('see '), pasted(text), typed(' ok')])
    expect(boxText(box)).toBe('see [Pasted text #1 +11 lines] ok')
    const sent = play(box, [key('enter')]).effects[0]
    expect(effects).toEqual([])
    expect(sent).toMatchObject({
      kind: 'submit',
      text: expect.stringContaining(`">\n${text}\n</pasted_content`),
    })
  })

  test('nine lines or 800 characters are shown as they are, one more is not', () => {
    expect(boxText(play(ready, [pasted('x\n'.repeat(8))]).box)).toBe('x\n'.repeat(8))
    expect(boxText(play(ready, [pasted('x\n'.repeat(9))]).box)).toBe('[Pasted text #1 +9 lines]')
    expect(boxText(play(ready, [pasted('x'.repeat(800))]).box)).toBe('x'.repeat(800))
    expect(boxText(play(ready, [pasted('x'.repeat(801))]).box)).toBe('[Pasted text #1 +0 lines]')
  })

  test('reads of one unbracketed paste become one paste', () => {
    const part = 'line\n'.repeat(20)
    expect(boxText(play(ready, [pasted(part, false), pasted(part, false)]).box)).toBe(
      '[Pasted text #1 +40 lines]',
    )
  })

  test('backspace takes a whole character and a whole placeholder', () => {
    expect(boxText(play(ready, [typed('a👩‍👩‍👧'), key('backspace')]).box)).toBe('a')
    expect(boxText(play(ready, [pasted('x\n'.repeat(20)), key('backspace')]).box)).toBe('')
  })
})

describe('a dialog', () => {
  const open: Box = { ...ready, dialog: { title: 'Bash command', subject: 'ls' } }
  const answersOf = (...events: readonly InputEvent[]): readonly Effect[] => play(open, events).effects

  test('swallows typed and pasted text, and Enter approves', () => {
    const { box, effects } = play(open, [typed('hello'), pasted('a\nb'), key('enter')])
    expect(effects).toEqual([{ kind: 'answer', answer: 'approved' }])
    expect(boxText(box)).toBe('')
  })

  test('a message that comes with its Enter in one read approves too', () => {
    expect(answersOf(pasted('go on\n', false))).toEqual([{ kind: 'answer', answer: 'approved' }])
  })

  test('digits choose, Esc and Ctrl-C deny, other keys do nothing', () => {
    expect(answersOf(typed('1'))).toEqual([{ kind: 'answer', answer: 'approved' }])
    expect(answersOf(typed('2'))).toEqual([{ kind: 'answer', answer: 'denied' }])
    expect(answersOf(key('escape'))).toEqual([{ kind: 'answer', answer: 'denied' }])
    expect(answersOf(key('interrupt'))).toEqual([{ kind: 'answer', answer: 'denied' }])
    expect(answersOf(typed('12'), key('backspace'), key('end'))).toEqual([])
  })
})

describe('starting', () => {
  const late: Box = { ...createBox(), mode: 'starting-late' }

  test('early, text is kept and Enter lost', () => {
    const { box, effects } = play(createBox(), [typed('hello'), key('enter')])
    expect(effects).toEqual([])
    expect(openBox(box)).toMatchObject({ effects: [] })
    expect(boxText(openBox(box).box)).toBe('hello')
  })

  test('late, the first line is sent and the rest lost', () => {
    const { box } = play(late, [pasted('one\ntwo'), key('enter'), typed('three')])
    const opened = openBox(box)
    expect(opened.effects).toEqual([{ kind: 'submit', text: 'one' }])
    expect(boxText(opened.box)).toBe('')
  })
})

describe('Ctrl-C', () => {
  test('clears the draft, and ends the program only when it comes again soon', () => {
    const first = handleInput({ ...ready, draft: [{ kind: 'text', text: 'x' }] }, key('interrupt'), 1_000)
    expect(first.effects).toEqual([])
    expect(boxText(first.box)).toBe('')
    expect(statusLine(first.box)).toBe('idle · Press Ctrl-C again to exit')
    expect(handleInput(first.box, key('interrupt'), 2_500).effects).toEqual([{ kind: 'exit' }])
    expect(handleInput(first.box, key('interrupt'), 9_000).effects).toEqual([])
  })

  test('stops the work, as Esc does', () => {
    const busy: Box = { ...ready, busy: true }
    expect(handleInput(busy, key('interrupt'), 0).effects).toEqual([{ kind: 'interrupt' }])
    expect(handleInput(busy, key('escape'), 0).effects).toEqual([{ kind: 'interrupt' }])
  })
})

test('the status line says whether it works and how many messages wait', () => {
  expect(statusLine(createBox())).toBe('starting…')
  expect(statusLine(ready)).toBe('idle')
  expect(statusLine({ ...ready, busy: true, queued: 2 })).toBe('working… esc to interrupt · Queued · 2')
})
