import { setTimeout as sleep } from 'node:timers/promises'
import { isTmuxError } from '@tmux-orchestrator/tmux-driver'
import type { Presence } from './adapter.ts'
import { boxStanding, dense, mayHold, type Standing, showsToken } from './box-text.ts'
import { type Beside, deliverAtTurnEnd, settleOffered } from './deliver-at-turn-end.ts'
import { deliverByApi } from './deliver-by-api.ts'
import { deliverUnproven } from './deliver-unproven.ts'
import type { DeliverOptions, Delivery } from './delivery.ts'
import { eraseSent, sentInBox } from './erase-sent.ts'
import { failedProbe, inspectPane, isAtWork, isPassing, type Refusal } from './inspect-pane.ts'
import { landmark } from './landmark.ts'
import { checkMessage, messageBytesMax, sanitize } from './message.ts'
import { forgetPaste, isOwnPaste, ownPaste, rememberPaste } from './own-paste.ts'
import { inTurn } from './pane-turn.ts'
import type { ScreenReading } from './screen.ts'
import { forgetSent, rememberSent } from './sent-message.ts'
import { forgetTyped, noteTyped } from './turn-end.ts'

const defaults = { timeoutMs: 10_000, enterRetries: 2 } satisfies Partial<DeliverOptions>

/** How long a box may show what was just sent, or nothing while it is drawn, before that is believed. */
const settleMs = 1_000
/** How long a paste may take to show in the box. */
const boxMs = 4_000
/** How often the screen may change between a look and a key before that is let be. */
const changesMax = 10
/** How long an Enter may take to be proven before the box is looked at again. */
const enterMs = 1_000
const pollMs = { first: 10, most: 100 } as const

/** One delivery with its limits; times are of the monotonic clock. */
interface Attempt extends DeliverOptions {
  readonly deadline: number
  readonly enterRetries: number
  /** It has waited for the end of a turn, and does so once. */
  readonly hasWaited?: boolean
}

/**
 * Types a message into an agent's prompt box, once, and says what became of it. Deliveries to one pane take turns.
 * Called again with the same message, it asks the agent first and types nothing that has arrived.
 *
 * @throws AgentsError `UNSAFE_MESSAGE`, before anything is typed
 * @throws `signal.reason` when aborted; treat it as `unknown`
 */
export async function deliver(options: DeliverOptions): Promise<Delivery> {
  const message = { ...options.message, text: sanitize(options.message.text) }
  checkMessage(message)
  const bytes = Buffer.byteLength(message.text)
  if (bytes > messageBytesMax) {
    return { status: 'refused', reason: 'too-large', detail: `${bytes} bytes, at most ${messageBytesMax}` }
  }
  const deliverInTurn = (): Promise<Delivery> => {
    const { timeoutMs = defaults.timeoutMs, enterRetries = defaults.enterRetries } = options
    return deliverOnce({ ...options, message, enterRetries, deadline: performance.now() + timeoutMs })
  }
  const restMs = ({ status }: Delivery): number => (status === 'refused' ? 0 : (options.adapter.restMs ?? 0))
  return inTurn(options.tmux, options.handle.pane, deliverInTurn, restMs)
}

async function deliverOnce(attempt: Attempt): Promise<Delivery> {
  attempt.signal?.throwIfAborted()
  const arrived = await askAgent(attempt)
  if (arrived === 'present') return submitted(attempt)
  const { adapter } = attempt
  if (adapter.send) {
    const proven = (): Promise<boolean> => until(attempt, Number.POSITIVE_INFINITY, () => hasArrived(attempt))
    const outcome = await deliverByApi(attempt, arrived, adapter.send.bind(adapter), proven)
    if (outcome !== 'absent') return outcome === 'submitted' ? submittedUnseen(attempt) : outcome
  }
  const isProven = async (graceMs = 0, isVain = async () => false): Promise<boolean> => {
    const deadline = Math.max(attempt.deadline, performance.now() + graceMs)
    let isHere = false
    await until({ ...attempt, deadline }, Number.POSITIVE_INFINITY, async () => {
      isHere = await hasArrived(attempt)
      return isHere || (await isVain())
    })
    return isHere
  }
  const offered = await settleOffered(attempt, isProven)
  if (offered !== undefined) return offered === 'submitted' ? submittedUnseen(attempt) : offered
  // Nobody's tools are held back for a message that would not be typed.
  const seen = adapter.hold === undefined ? undefined : await settledLook(attempt)
  const typed = seen?.status === 'refused' ? seen : await whileHeld(attempt, () => typeOnce(attempt, arrived))
  if (typed.status === 'submitted' && adapter.turnEnd)
    await forgetTyped(attempt.handle.stateDir, attempt.message.token)
  if (typed.status !== 'refused' || (attempt.hasWaited && isAtWork(typed))) return typed
  const outcome = await deliverAtTurnEnd(attempt, typed, { isProven, beside: await besideOf(attempt) })
  if (outcome !== 'over') return outcome === 'submitted' ? submittedUnseen(attempt) : outcome
  const { timeoutMs = defaults.timeoutMs } = attempt
  return deliverOnce({ ...attempt, hasWaited: true, deadline: performance.now() + timeoutMs })
}

/** A program that is at work may open a dialog at any instant, and takes keys for it before it is drawn: it is held back. */
async function whileHeld(
  { adapter, handle, signal }: Attempt,
  act: () => Promise<Delivery>,
): Promise<Delivery> {
  let release: (() => Promise<void>) | undefined
  try {
    release = await adapter.hold?.(handle, signal)
  } catch (error) {
    signal?.throwIfAborted()
    return {
      status: 'refused',
      reason: 'unknown-state',
      detail: `its tools cannot be held back: ${wordOf(error)}`,
    }
  }
  try {
    return await act()
  } finally {
    await release?.()
  }
}

async function besideOf({ tmux, adapter, handle, message }: Attempt): Promise<Beside> {
  try {
    const { text } = await tmux.capture(handle.pane, { attributes: true })
    const screen = adapter.readScreen(text)
    if (screen.kind !== 'prompt' || mayHold(screen.box, message.token)) return 'hidden'
    return dense(screen.box) === '' ? 'empty' : 'text'
  } catch (error) {
    if (isTmuxError(error)) return 'hidden'
    throw error
  }
}

async function typeOnce(attempt: Attempt, arrived: Presence): Promise<Delivery> {
  const box = await lookIntoBox(attempt)
  if (box.status === 'refused') return box
  if (attempt.adapter.proof === 'none') return deliverUnproven(attempt)
  if (arrived === 'unknown') {
    return { status: 'refused', reason: 'unknown-state', detail: 'what reached the agent cannot be read' }
  }
  attempt.signal?.throwIfAborted()
  const ours = box.status === 'ours' ? box : await pasteAsSeen(attempt, box)
  return ours.status === 'ours' ? submit(attempt, ours.folded) : ours
}

/** Where the box is no more as it was seen it is looked at again; one that never rests is pasted into all the same. */
async function pasteAsSeen(attempt: Attempt, seen: Free): Promise<Delivery | Ours> {
  let box = seen
  for (let changes = 0; ; changes += 1) {
    const outcome = await paste(attempt, changes < changesMax ? box : { status: 'free' })
    if (outcome !== 'changed') return outcome
    const look = await lookIntoBox(attempt)
    if (look.status !== 'free') return look
    box = look
  }
}

/** Our text in the box; `folded` is what the box shows in its place. */
interface Ours {
  readonly status: 'ours'
  readonly folded?: string
}

interface Free {
  readonly status: 'free'
  readonly cursor?: { readonly x: number; readonly y: number }
}

type BoxLook = Refusal | Free | Ours

/** The message before this one, which the agent has and left standing. */
interface Leftover {
  readonly status: 'leftover'
}

/** A message that the agent has and left in its box is taken out of it. */
async function lookIntoBox(attempt: Attempt): Promise<BoxLook> {
  const look = await settledLook(attempt)
  if (look.status !== 'leftover') return look
  await eraseSent(attempt, attempt.deadline)
  const then = await settledLook(attempt)
  if (then.status !== 'leftover') return then
  return { status: 'refused', reason: 'draft', detail: 'a message that it has stands in the box' }
}

/**
 * Is the box free, or does it hold this very message? A doubt about the drawing alone is looked at again, and so is the
 * box of an agent whose state has just changed, where it needs rest.
 */
async function settledLook(attempt: Attempt): Promise<BoxLook | Leftover> {
  let look: BoxLook | Leftover = { status: 'free' }
  await until(attempt, settleMs, async () => {
    const pane = await inspectPane({ ...attempt, isFirst: true })
    look = pane.status === 'refused' ? pane : await readBox(pane.screen, attempt)
    if (look.status === 'free' && pane.status === 'open' && pane.cursor)
      look = { ...look, cursor: pane.cursor }
    const isRestless = pane.status === 'open' && Date.now() - pane.changedAt < (attempt.adapter.restMs ?? 0)
    return !isRestless && look.status !== 'leftover' && !(look.status === 'refused' && isPassing(look))
  })
  return look
}

async function readBox(screen: ScreenReading, attempt: Attempt): Promise<BoxLook | Leftover> {
  if (screen.kind !== 'prompt') return { status: 'free' }
  const { handle, message } = attempt
  const shown = dense(screen.box)
  forgetPaste(handle, shown)
  const standing = boxStanding(screen.box, message)
  if (standing === 'empty') {
    forgetSent(handle)
    return { status: 'free' }
  }
  if (standing === 'ours' && showsToken(screen.box, message.token)) return { status: 'ours' }
  if (standing === 'placeholder' && (await isFoldedByUs(attempt, shown)))
    return { status: 'ours', folded: shown }
  const sent = await sentInBox(attempt, screen.box)
  if (sent?.isLeftover) return { status: 'leftover' }
  const what = standing === 'placeholder' ? 'a folded paste' : 'text'
  const detail = sent
    ? `${sent.token} stands in the box, and nothing came of it`
    : `${what} stands in the box`
  return { status: 'refused', reason: 'draft', detail }
}

async function isFoldedByUs({ adapter, handle, message }: Attempt, shown: string): Promise<boolean> {
  const numbering = await adapter.pasteNumbering?.(handle)
  return numbering !== undefined && isOwnPaste(handle, message, { shown, numbering })
}

async function rememberFolded({ adapter, handle, message }: Attempt, shown: string): Promise<void> {
  const numbering = await adapter.pasteNumbering?.(handle)
  if (numbering !== undefined) rememberPaste(handle, message, { shown, numbering })
}

/** Pastes and waits until the box shows it; what is not ours is the end of the delivery. */
async function paste(attempt: Attempt, { cursor }: Free): Promise<Delivery | Ours | 'changed'> {
  const { tmux, adapter, handle, message } = attempt
  let unnote: (() => Promise<void>) | undefined
  try {
    unnote = adapter.turnEnd && (await noteTyped(handle.stateDir, message.token))
  } catch (error) {
    return {
      status: 'refused',
      reason: 'unknown-state',
      detail: `what is typed cannot be noted: ${wordOf(error)}`,
    }
  }
  try {
    await tmux.paste(handle.pane, message.text, { bracketed: true, ...(cursor && { while: { cursor } }) })
  } catch (error) {
    if (!isTmuxError(error)) throw error
    if (!isUnsent(error) && error.details.outcome === 'unknown') return unknown('tmux was lost while pasting')
    await unnote?.()
    return isUnsent(error) && performance.now() < attempt.deadline ? 'changed' : failedProbe(error)
  }
  return (await awaitPaste(attempt)) ?? conclude(attempt, 'the text did not show in the prompt box')
}

/** A dialog may have swallowed our paste: what is folded up in the box after it may be anybody's. */
async function awaitPaste(attempt: Attempt): Promise<Ours | undefined> {
  let ours: Ours | undefined
  let isSwallowed = false
  await until(attempt, boxMs, async () => {
    const look = await freshLook(attempt)
    isSwallowed ||= look === 'dialog'
    if (typeof look === 'string') return false
    if (look.standing === 'ours') ours = { status: 'ours' }
    if (look.standing === 'placeholder' && !isSwallowed) ours = { status: 'ours', folded: look.shown }
    return ours !== undefined
  })
  if (ours?.folded !== undefined) await rememberFolded(attempt, ours.folded)
  return ours
}

interface BoxSight {
  readonly standing: Standing
  readonly shown: string
  /** Words that are on the screen for as long as the box is. */
  readonly mark: string | undefined
}

/** What the box shows after our own paste into an empty box, or why it cannot be seen. */
async function freshLook(attempt: Attempt): Promise<BoxSight | 'dialog' | 'hidden' | 'closed'> {
  const pane = await inspectPane(attempt)
  if (pane.status === 'refused') {
    if (pane.reason === 'dialog') return 'dialog'
    return isPassing(pane) ? 'hidden' : 'closed'
  }
  if (pane.screen.kind !== 'prompt') return 'closed'
  const { box } = pane.screen
  return { standing: boxStanding(box, attempt.message), shown: dense(box), mark: landmark(pane.text, box) }
}

/** A program that draws a long conversation anew shows no box meanwhile. */
async function lookBeforeEnter(attempt: Attempt): Promise<BoxSight | 'dialog' | 'hidden' | 'closed'> {
  let look: Awaited<ReturnType<typeof freshLook>> = 'hidden'
  await until(attempt, boxMs, async () => {
    look = await freshLook(attempt)
    return look !== 'hidden'
  })
  return look
}

/** Presses Enter while our text stands in the box and nothing else asks for keys, until the agent has the text. */
async function submit(attempt: Attempt, folded: string | undefined): Promise<Delivery> {
  let changes = 0
  for (let enters = 0; enters <= attempt.enterRetries; enters += 1) {
    const look = await lookBeforeEnter(attempt)
    if (typeof look === 'string') return conclude(attempt, 'the prompt box went away before Enter')
    if (look.standing === 'empty') break
    const isOurs = look.standing === 'placeholder' ? look.shown === folded : look.standing === 'ours'
    if (!isOurs) return conclude(attempt, 'other text came into the box before Enter')
    try {
      await pressEnter(attempt, changes < changesMax ? look.mark : undefined)
    } catch (error) {
      if (!isTmuxError(error)) throw error
      if (!isUnsent(error) || performance.now() >= attempt.deadline)
        return conclude(attempt, `Enter failed: ${error.code}`)
      changes += 1
      enters -= 1
      continue
    }
    if (await until(attempt, enterMs, () => hasArrived(attempt))) return submitted(attempt)
    if (performance.now() >= attempt.deadline) break
  }
  const isProven = await until(attempt, Number.POSITIVE_INFINITY, () => hasArrived(attempt))
  return isProven ? submitted(attempt) : unknown('Enter was pressed and the agent does not show the message')
}

/** Nothing was sent, as the screen was another, or tmux could not tell in time whether it was. */
function isUnsent(error: unknown): boolean {
  if (isTmuxError(error, 'SCREEN_CHANGED')) return true
  return isTmuxError(error, 'TIMEOUT') && error.details.outcome === undefined
}

/** With words of the box, in one step with a look for them: a dialog that has come since then gets no key. */
async function pressEnter({ tmux, handle }: Attempt, mark: string | undefined): Promise<void> {
  if (mark === undefined || tmux.keysWhile === undefined) await tmux.keys(handle.pane, 'Enter')
  else await tmux.keysWhile(handle.pane, { text: mark }, 'Enter')
}

/** Bytes were typed and the way on is closed: ask the agent once more, then say that nobody knows. */
async function conclude(attempt: Attempt, detail: string): Promise<Delivery> {
  return (await hasArrived(attempt)) ? submitted(attempt) : unknown(detail)
}

function askAgent({ adapter, handle, message }: Attempt): ReturnType<Attempt['adapter']['findToken']> {
  return adapter.findToken({ ...handle, token: message.token })
}

async function hasArrived(attempt: Attempt): Promise<boolean> {
  return (await askAgent(attempt)) === 'present'
}

/** Asks again and again until it is so, or the time or the delivery's deadline is over. */
async function until(attempt: Attempt, limitMs: number, isSo: () => Promise<boolean>): Promise<boolean> {
  const end = Math.min(attempt.deadline, performance.now() + limitMs)
  for (let waitMs: number = pollMs.first; ; waitMs = Math.min(waitMs * 1.5, pollMs.most)) {
    if (await isSo()) return true
    attempt.signal?.throwIfAborted()
    const leftMs = end - performance.now()
    if (leftMs <= 0) return false
    await sleep(Math.min(waitMs, leftMs))
  }
}

function submitted(attempt: Attempt): Delivery {
  rememberSent(attempt.handle, attempt.message, ownPaste(attempt.handle, attempt.message))
  forgetPaste(attempt.handle)
  return submittedUnseen(attempt)
}

/** It was never in the box, which may hold another. */
function submittedUnseen(attempt: Attempt): Delivery {
  return { status: 'submitted', proof: `${attempt.adapter.program} ${attempt.adapter.proof}`, at: Date.now() }
}

function wordOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function unknown(detail: string): Delivery {
  return { status: 'unknown', detail }
}
