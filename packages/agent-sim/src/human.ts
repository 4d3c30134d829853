import { setTimeout as sleep } from 'node:timers/promises'
import type { Chance } from './chance.ts'
import type { InputEvent } from './input-parser.ts'
import { type Box, boxText } from './prompt-box.ts'
import type { Note } from './transcript.ts'

/** What the persona's own human sees and touches. */
export interface Keyboard {
  box(): Box
  press(event: InputEvent): void
  note(note: Note): void
}

const letterMs = 30
const words = ['wait', 'first', 'look', 'at', 'the', 'parser', 'again', 'before', 'you', 'go', 'on'] as const

/** What this human types, by chance and count; the mark tells it from every message. */
export function draftText(count: number): string {
  return `human-${count} ${words.slice(0, 2 + (count % (words.length - 1))).join(' ')}`
}

/**
 * Somebody types a draft into an empty box letter by letter, leaves it there for a while, and sends it or erases it. Who
 * finds other text in the box than their own sends nothing, and empties it.
 */
export async function typeDraft(
  keyboard: Keyboard,
  options: {
    readonly count: number
    readonly forMs: number
    readonly chance: Chance
    readonly signal: AbortSignal
  },
): Promise<void> {
  const { count, forMs, chance, signal } = options
  const isFree = ({ mode, dialog }: Box): boolean => mode === 'ready' && dialog === undefined
  if (!isFree(keyboard.box()) || boxText(keyboard.box()) !== '') return
  const text = draftText(count)
  keyboard.note({ type: 'human', did: 'began', text })
  for (const letter of text) {
    if (!isFree(keyboard.box())) return leave(keyboard)
    keyboard.press({ kind: 'text', text: letter })
    await sleep(chance.around(letterMs, 'letter', count), undefined, { signal })
  }
  keyboard.note({ type: 'human', did: 'typed', text })
  await sleep(forMs, undefined, { signal })
  if (!isFree(keyboard.box()) || boxText(keyboard.box()) !== text) return leave(keyboard)
  const isSent = chance.oneIn(2, 'send', count)
  keyboard.note({ type: 'human', did: isSent ? 'sent' : 'erased', text })
  keyboard.press({ kind: 'key', key: isSent ? 'enter' : 'clear' })
}

function leave(keyboard: Keyboard): void {
  keyboard.note({ type: 'human', did: 'disturbed', text: boxText(keyboard.box()) })
  if (keyboard.box().dialog === undefined) keyboard.press({ kind: 'key', key: 'clear' })
}
