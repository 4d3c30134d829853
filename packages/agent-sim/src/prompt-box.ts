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
import { type PromptRules, promptRules } from './prompt-rules.ts'

export type BoxMode = 'starting' | 'starting-late' | 'ready'
export type Answer = 'approved' | 'denied'

export interface Dialog {
  readonly title: string
  readonly subject: string
}

/** All that the prompt box knows. */
export interface Box {
  readonly rules: PromptRules
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
  /** Monotonic milliseconds of the last text that came in. */
  readonly enteredAt: number | undefined
  readonly keepEvery: number
  /** Messages that were sent. */
  readonly sent: number
}

/** What a box begins with that is not as a user expects it. */
export interface BoxQuirks {
  /** Text that somebody began to type. */
  readonly draft?: string
  readonly swallowEnters?: number
  /** One message in so many is sent and stands in the box all the same. */
  readonly keepEvery?: number
  readonly rules?: PromptRules
}

export type Effect =
  | { readonly kind: 'submit'; readonly text: string }
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'exit' }

/** What became of an Enter. */
export type EnterOutcome = 'submitted' | 'nothing-to-send' | 'lost' | 'new-line' | 'answered'

export interface Outcome {
  readonly box: Box
  readonly effects: readonly Effect[]
  /** Only of an Enter. */
  readonly enter?: EnterOutcome
}

const interruptTwiceMs = 2_000

export function createBox({
  draft = '',
  swallowEnters = 0,
  keepEvery = 0,
  rules = promptRules.sim,
}: BoxQuirks = {}): Box {
  return {
    rules,
    mode: 'starting',
    draft: draft === '' ? [] : typeText([], draft),
    pasteCount: 0,
    busy: false,
    queued: 0,
    dialog: undefined,
    interruptedAt: undefined,
    hint: '',
    swallowEnters,
    enteredAt: undefined,
    keepEvery,
    sent: 0,
  }
}

/** Start-up is over. Of what was entered late in it only the first line survives, and is sent. */
export function openBox(box: Box): Outcome {
  const ready: Box = { ...box, mode: 'ready' }
  if (box.mode !== 'starting-late') return { box: ready, effects: [] }
  const [first = '', ...others] = submittedText(box.draft, box.rules).split('\n')
  if (others.length === 0) return { box: ready, effects: [] }
  return { box: { ...ready, draft: [] }, effects: first === '' ? [] : [{ kind: 'submit', text: first }] }
}

/** What one event does to the box. `nowMs` is monotonic. */
export function handleInput(box: Box, event: InputEvent, nowMs: number): Outcome {
  if (box.mode !== 'ready') return whileStarting(box, event, nowMs)
  if (box.dialog !== undefined) return inDialog(box, event)
  if (event.kind === 'key') return pressKey(box, event.key, nowMs)
  if (event.kind === 'paste' && !event.bracketed && box.rules.oneRead === 'sent') {
    const text = event.text.replace(/\n+$/, '')
    return submit(enter(box, { kind: 'text', text }, nowMs))
  }
  return { box: enter(box, event, nowMs), effects: [] }
}

function enter(box: Box, event: Exclude<InputEvent, { kind: 'key' }>, nowMs: number): Box {
  const plain = { ...box, hint: '', interruptedAt: undefined, enteredAt: nowMs }
  if (event.kind === 'text') return { ...plain, draft: typeText(box.draft, event.text) }
  const { text, bracketed } = event
  const number = box.pasteCount + 1
  return { ...plain, pasteCount: number, draft: pasteText(box.draft, { text, bracketed, number }, box.rules) }
}

/** Text is kept, Enter is lost; late in the start-up Enter ends the first line, and the rest will be lost. */
function whileStarting(box: Box, event: InputEvent, nowMs: number): Outcome {
  if (event.kind !== 'key') return { box: enter(box, event, nowMs), effects: [] }
  const isLate = event.key === 'enter' && box.mode === 'starting-late'
  const isEnter = event.key === 'enter' ? { enter: isLate ? ('new-line' as const) : ('lost' as const) } : {}
  if (event.key === 'newline' || isLate) {
    return { box: { ...box, draft: typeText(box.draft, '\n') }, effects: [], ...isEnter }
  }
  return { box, effects: [], ...isEnter }
}

/** Text is swallowed, but Enter answers what is selected, even at the end of a message that came in one read. */
function inDialog(box: Box, event: InputEvent): Outcome {
  const answer = answerOf(event, box.rules)
  if (answer === undefined) return { box, effects: [] }
  const isEnter = event.kind === 'key' && event.key === 'enter' ? { enter: 'answered' as const } : {}
  return { box: { ...box, dialog: undefined }, effects: [{ kind: 'answer', answer }], ...isEnter }
}

function answerOf(event: InputEvent, { dialogKeys, answersInText }: PromptRules): Answer | undefined {
  if (event.kind === 'paste') return !event.bracketed && event.text.includes('\n') ? 'approved' : undefined
  if (event.kind === 'text') {
    const keys = answersInText ? [...event.text] : [event.text.trim()]
    const key = keys.find((char) => Object.hasOwn(dialogKeys, char))
    return key === undefined ? undefined : dialogKeys[key]
  }
  if (event.key === 'enter') return 'approved'
  return event.key === 'escape' || event.key === 'interrupt' ? 'denied' : undefined
}

function pressKey(box: Box, key: Key, nowMs: number): Outcome {
  switch (key) {
    case 'enter':
      return pressEnter(box, nowMs)
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

function pressEnter(box: Box, nowMs: number): Outcome {
  const isSoon = box.enteredAt !== undefined && nowMs - box.enteredAt < box.rules.enterAfterMs
  if (!isSoon || box.draft.length === 0) return submit(box)
  return { box: { ...box, draft: typeText(box.draft, '\n') }, effects: [], enter: 'new-line' }
}

function submit(box: Box): Outcome {
  if (box.rules.backslashBreaks && endsInBackslash(box.draft)) {
    return { box: { ...box, draft: breakLine(box.draft) }, effects: [], enter: 'new-line' }
  }
  const text = submittedText(box.draft, box.rules)
  if (text === '') return { box, effects: [], enter: 'nothing-to-send' }
  if (box.swallowEnters > 0) {
    return { box: { ...box, swallowEnters: box.swallowEnters - 1 }, effects: [], enter: 'lost' }
  }
  const sent = box.sent + 1
  const isKept = box.keepEvery > 0 && sent % box.keepEvery === 0
  return {
    box: { ...box, sent, draft: isKept ? box.draft : [], hint: '' },
    effects: [{ kind: 'submit', text }],
    enter: 'submitted',
  }
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
  return shownText(box.draft, box.rules)
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
