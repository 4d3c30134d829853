import type { AgentHandle } from './adapter.ts'
import { boxStanding, dense, isBeginningOf, showsToken } from './box-text.ts'
import type { Message } from './delivery.ts'
import type { FoldedPaste } from './own-paste.ts'
import { lifeOf } from './steady.ts'

interface Sent {
  readonly message: Message
  readonly folded: FoldedPaste | undefined
  /** We began to take it out of the box: a beginning of it that stands there is ours too. */
  isBeingErased: boolean
}

const rememberedMax = 200
const sent = new Map<string, Sent>()

/** Notes the last message that an agent has, and how its box showed it when that was folded up. */
export function rememberSent(handle: AgentHandle, message: Message, folded: FoldedPaste | undefined): void {
  const life = lifeOf(handle)
  sent.delete(life)
  sent.set(life, { message, folded, isBeingErased: false })
  const oldest = sent.keys().next().value
  if (sent.size > rememberedMax && oldest !== undefined) sent.delete(oldest)
}

/** The token of that message when a box shows nothing but it, or what we left of it. `numbering`: see `AgentAdapter.pasteNumbering`. */
export function shownSent(
  handle: AgentHandle,
  box: string,
  numbering: string | undefined,
): string | undefined {
  const known = sent.get(lifeOf(handle))
  return known !== undefined && shows(known, box, numbering) ? known.message.token : undefined
}

function shows(known: Sent, box: string, numbering: string | undefined): boolean {
  const standing = boxStanding(box, known.message)
  if (standing === 'placeholder') {
    return (
      numbering !== undefined && known.folded?.numbering === numbering && known.folded.shown === dense(box)
    )
  }
  if (known.isBeingErased && isBeginningOf(box, known.message)) return true
  return standing === 'ours' && showsToken(box, known.message.token)
}

/** A key took out some of it. */
export function noteErased(handle: AgentHandle): void {
  const known = sent.get(lifeOf(handle))
  if (known) known.isBeingErased = true
}

/** The box was seen empty: what stands there from now on somebody put there, be it the same words. */
export function forgetSent(handle: AgentHandle): void {
  sent.delete(lifeOf(handle))
}
