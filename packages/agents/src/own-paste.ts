import { createHash } from 'node:crypto'
import type { AgentHandle } from './adapter.ts'
import type { Message } from './delivery.ts'
import { lifeOf } from './steady.ts'

/** A folded paste as a box shows it, and the numbering that its number is of; see `AgentAdapter.pasteNumbering`. */
export interface FoldedPaste {
  readonly shown: string
  readonly numbering: string
}

const rememberedMax = 1_000
const own = new Map<string, FoldedPaste & { readonly digest: string }>()

/** Notes that this message went into an agent's empty box, which then showed it folded up. */
export function rememberPaste(handle: AgentHandle, message: Message, paste: FoldedPaste): void {
  const life = lifeOf(handle)
  own.delete(life)
  own.set(life, { ...paste, digest: digestOf(message) })
  const oldest = own.keys().next().value
  if (own.size > rememberedMax && oldest !== undefined) own.delete(oldest)
}

/** How the box of this life of the agent showed this message of this process folded up. */
export function ownPaste(handle: AgentHandle, message: Message): FoldedPaste | undefined {
  const known = own.get(lifeOf(handle))
  if (known?.digest !== digestOf(message)) return undefined
  return { shown: known.shown, numbering: known.numbering }
}

/** Whether a folded paste is this very message, pasted by this process into this life of the agent. */
export function isOwnPaste(handle: AgentHandle, message: Message, paste: FoldedPaste): boolean {
  const known = own.get(lifeOf(handle))
  return (
    known !== undefined &&
    known.shown === paste.shown &&
    known.numbering === paste.numbering &&
    known.digest === digestOf(message)
  )
}

/** The box was seen with something else in it, or the message has arrived. */
export function forgetPaste(handle: AgentHandle, unlessShown?: string): void {
  const life = lifeOf(handle)
  if (unlessShown === undefined || own.get(life)?.shown !== unlessShown) own.delete(life)
}

function digestOf({ token, text }: Message): string {
  return createHash('sha256').update(`${token}\n${text}`).digest('hex')
}
