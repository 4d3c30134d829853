import { findSteps } from './find-steps.ts'
import type { ModelRequest, Turn } from './model-request.ts'
import { parseStep } from './parse-step.ts'
import type { Step } from './step.ts'

/** What a request is about: what was entered last, and how many turns the model has taken since. */
export interface Standing {
  /** The first text of the conversation, which tells it from others; empty when nothing was entered. */
  readonly opening: string
  /** Every text that was entered since the model last spoke before it, oldest first. */
  readonly inputs: readonly string[]
  /** The last of them, which holds the script; empty when nothing was entered. */
  readonly userText: string
  readonly turn: number
}

export function standingOf({ turns }: ModelRequest): Standing {
  const last = turns.findLastIndex(isInput)
  const before = turns.slice(0, Math.max(last, 0)).findLastIndex((turn) => turn.role === 'assistant')
  const inputs = turns.slice(before + 1, last + 1).flatMap((turn) => turn.texts)
  const turn = last < 0 ? 0 : turns.slice(last + 1).filter(({ role }) => role === 'assistant').length
  const opening = turns.find(isInput)?.texts[0] ?? ''
  return { opening, inputs, userText: inputs.at(-1) ?? '', turn }
}

function isInput({ role, texts }: Turn): boolean {
  return role === 'user' && texts.length > 0
}

/**
 * The step of the script that this turn takes; undefined when the script has no more, or there is none.
 *
 * @throws SimError `BAD_STEP`
 */
export function stepOf({ userText, turn }: Standing): Step | undefined {
  const raw = findSteps(userText)[turn]
  return raw && parseStep(raw)
}

/** What follows a step once it has failed as often as it was to. */
export function afterFailure(step: Step, hits: number): Step {
  const isOver = (step.op === 'fail' || step.op === 'drop') && hits > step.times
  if (!isOver) return step
  return { op: 'text', text: `ok after ${step.op === 'fail' ? step.kind : step.op}` }
}
