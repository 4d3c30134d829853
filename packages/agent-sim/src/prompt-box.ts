import {
  breakLine,
  type Draft,
  endsInBackslash,
  eraseLast,
  pasteText,
  shownText,
  submittedText,
  typeText,
} from './draft.ts'
import type { InputEvent, Key } from './input-parser.ts'

export type BoxMode = 'starting' | 'starting-late' | 'ready'
export type Answer = 'approved' | 'denied'

export interface Dialog {
  readonly title: string
  readonly subject: string
}

/** All that the prompt box knows. */
export interface Box {
  readonly mode: BoxMode
  readonly draft: Draft
  readonly pasteCount: number
  readonly busy: boolean
  readonly queued: number
  readonly dialog: Dialog | undefined
  /** Monotonic milliseconds of the last Ctrl-C that found nothing to stop. */
  readonly interruptedAt: number | undefined
  readonly hint: string
  /** Enters that will be lost, as when a program draws its box before it listens. */
  readonly swallowEnters: number
}

/** What a box begins with that is not as a user expects it. */
export interface BoxQuirks {
  /** Text that somebody began to type. */
  readonly draft?: string
  readonly swallowEnters?: number
}

export type Effect =
  | { readonly kind: 'submit'; readonly text: string }
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'exit' }

export interface Outcome {
  readonly box: Box
  readonly effects: readonly Effect[]
}

const interruptTwiceMs = 2_000

export function createBox({ draft = '', swallowEnters = 0 }: BoxQuirks = {}): Box {
  return {
    mode: 'starting',
    draft: draft === '' ? [] : typeText([], draft),
    pasteCount: 0,
    busy: false,
    queued: 0,
    dialog: undefined,
    interruptedAt: undefined,
    hint: '',
    swallowEnters,
  }
}

/** Start-up is over. Of what was entered late in it only the first line survives, and is sent. */
export function openBox(box: Box): Outcome {
  const ready: Box = { ...box, mode: 'ready' }
  if (box.mode !== 'starting-late') return { box: ready, effects: [] }
  const [first = '', ...others] = submittedText(box.draft).split('\n')
  if (others.length === 0) return { box: ready, effects: [] }
  return { box: { ...ready, draft: [] }, effects: first === '' ? [] : [{ kind: 'submit', text: first }] }
}

/** What one event does to the box. `nowMs` is monotonic. */
export function handleInput(box: Box, event: InputEvent, nowMs: number): Outcome {
  if (box.mode !== 'ready') return { box: whileStarting(box, event), effects: [] }
  if (box.dialog !== undefined) return inDialog(box, event)
  if (event.kind !== 'key') return { box: enter(box, event), effects: [] }
  return pressKey(box, event.key, nowMs)
}

function enter(box: Box, event: Exclude<InputEvent, { kind: 'key' }>): Box {
  const plain = { ...box, hint: '', interruptedAt: undefined }
  if (event.kind === 'text') return { ...plain, draft: typeText(box.draft, event.text) }
  const number = box.pasteCount + 1
  return { ...plain, pasteCount: number, draft: pasteText(box.draft, event.text, event.bracketed, number) }
}

/** Text is kept, Enter is lost; late in the start-up Enter ends the first line, and the rest will be lost. */
function whileStarting(box: Box, event: InputEvent): Box {
  if (event.kind !== 'key') return enter(box, event)
  if (event.key === 'newline' || (event.key === 'enter' && box.mode === 'starting-late')) {
    return { ...box, draft: typeText(box.draft, '\n') }
  }
  return box
}

/** Text is swallowed, but Enter answers what is selected, even at the end of a message that came in one read. */
function inDialog(box: Box, event: InputEvent): Outcome {
  const answer = answerOf(event)
  if (answer === undefined) return { box, effects: [] }
  return { box: { ...box, dialog: undefined }, effects: [{ kind: 'answer', answer }] }
}

function answerOf(event: InputEvent): Answer | undefined {
  if (event.kind === 'paste') return !event.bracketed && event.text.includes('\n') ? 'approved' : undefined
  if (event.kind === 'text') return ({ '1': 'approved', '2': 'denied' } as const)[event.text.trim()]
  if (event.key === 'enter') return 'approved'
  return event.key === 'escape' || event.key === 'interrupt' ? 'denied' : undefined
}

function pressKey(box: Box, key: Key, nowMs: number): Outcome {
  switch (key) {
    case 'enter':
      return submit(box)
    case 'newline':
      return { box: { ...box, draft: typeText(box.draft, '\n') }, effects: [] }
    case 'backspace':
      return { box: { ...box, draft: eraseLast(box.draft) }, effects: [] }
    case 'clear':
      return { box: { ...box, draft: [] }, effects: [] }
    case 'escape':
      return { box, effects: box.busy ? [{ kind: 'interrupt' }] : [] }
    case 'interrupt':
      return interrupt(box, nowMs, 'Ctrl-C')
    case 'end':
      return box.draft.length > 0 ? { box, effects: [] } : interrupt(box, nowMs, 'Ctrl-D')
  }
}

function submit(box: Box): Outcome {
  if (endsInBackslash(box.draft)) return { box: { ...box, draft: breakLine(box.draft) }, effects: [] }
  const text = submittedText(box.draft)
  if (text === '') return { box, effects: [] }
  if (box.swallowEnters > 0) return { box: { ...box, swallowEnters: box.swallowEnters - 1 }, effects: [] }
  return { box: { ...box, draft: [], hint: '' }, effects: [{ kind: 'submit', text }] }
}

function interrupt(box: Box, nowMs: number, name: string): Outcome {
  if (box.interruptedAt !== undefined && nowMs - box.interruptedAt <= interruptTwiceMs) {
    return { box, effects: [{ kind: 'exit' }] }
  }
  const next: Box = { ...box, draft: [], interruptedAt: nowMs, hint: `Press ${name} again to exit` }
  return { box: next, effects: box.busy ? [{ kind: 'interrupt' }] : [] }
}

/** The text that stands in the box. */
export function boxText(box: Box): string {
  return shownText(box.draft)
}

/** The line below the box. */
export function statusLine(box: Box): string {
  const parts: string[] = []
  if (box.mode !== 'ready') parts.push('starting…')
  else parts.push(box.busy ? 'working… esc to interrupt' : 'idle')
  if (box.queued > 0) parts.push(`Queued · ${box.queued}`)
  if (box.hint !== '') parts.push(box.hint)
  return parts.join(' · ')
}
