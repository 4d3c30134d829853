import { isTmuxError } from '@tmux-orchestrator/tmux-driver'
import type { DeliverOptions, Delivery } from './delivery.ts'
import { inspectAgent, isAtWork, type Refusal } from './inspect-pane.ts'
import { wasTyped } from './turn-end.ts'

/** Why a message is not typed although its agent would take it: a person has the box, or the pane. */
const personal: ReadonlySet<string> = new Set(['draft', 'copy-mode'])

/** How soon what a hook took is in the agent's record. */
const recordMs = 4_000
/** How often it is asked whether the turn goes on, which its hook does not tell when a person has broken it off. */
const turnMs = 500

/** Whether the message has arrived, by the end of the delivery or so much later; no longer asked once that is in vain. */
type IsProven = (graceMs?: number, isVain?: () => Promise<boolean>) => Promise<boolean>

/** What stands in the box: `hidden` when it cannot be seen, or may be the message, which a person's Enter would send. */
export type Beside = 'empty' | 'text' | 'hidden'

export interface TurnEndOptions {
  readonly isProven: IsProven
  readonly beside: Beside
}

/**
 * Waits for the end of the turn that the agent is in, where a person's text or scrolling keeps a message out of the box, or the program
 * hides what it is given while it works. A message that a person keeps out lies ready there meanwhile, to be handed over without a key;
 * what is not taken in time is taken back, so that the refusal is true. `over`: that is no longer so, and all is to be looked at again.
 */
export async function deliverAtTurnEnd(
  options: DeliverOptions,
  refusal: Refusal,
  { isProven, beside }: TurnEndOptions,
): Promise<Delivery | 'submitted' | 'over'> {
  const { adapter, handle, message } = options
  const { turnEnd } = adapter
  const isPersonal = personal.has(refusal.reason)
  if (turnEnd === undefined || !(isPersonal || isAtWork(refusal))) return refusal
  const isKeptOut = beside === 'text' || (isPersonal && beside === 'empty')
  // What was typed may be on its way still, in a queue that the program does not show.
  const isOffered =
    isKeptOut && !(await wasTyped(handle.stateDir, message.token)) && (await turnEnd.offer(handle, message))
  if (!isOffered && isPersonal) return refusal
  const takeBack = async (): ReturnType<typeof turnEnd.withdraw> =>
    isOffered ? turnEnd.withdraw({ ...handle, token: message.token }) : 'absent'
  const turn = watchTurn(options)
  const hasArrived = await isProven(0, turn.isOver).catch(async (error: unknown) => {
    await takeBack()
    throw error
  })
  const left = await takeBack()
  if (hasArrived) return 'submitted'
  if (left === 'taken') return await settleTaken(isProven)
  return turn.wasOver() && !isPersonal ? 'over' : refusal
}

/** What is said of an agent whose turn is over, and why nothing is typed into one that is in none. */
const over: ReadonlySet<string> = new Set(['idle', 'error', 'limited', 'busy', 'exited', 'dead-pane'])

interface TurnWatch {
  readonly isOver: () => Promise<boolean>
  readonly wasOver: () => boolean
}

function watchTurn(options: DeliverOptions): TurnWatch {
  let wasOver = false
  let nextAt = performance.now() + turnMs
  const isOver = async (): Promise<boolean> => {
    if (performance.now() < nextAt) return false
    nextAt = performance.now() + turnMs
    try {
      const agent = await inspectAgent({ ...options, isKeyless: true })
      const said = 'state' in agent ? agent.state : agent.reason
      // Keys that answer a dialog take turns with deliveries, and the turn goes on only after them.
      wasOver = over.has(said) || (said === 'dialog' && options.adapter.answerKeys !== undefined)
    } catch (error) {
      if (!isTmuxError(error)) throw error
    }
    return wasOver
  }
  return { isOver, wasOver: () => wasOver }
}

/** Before anything else is done with a message: one that lies there still is taken back, one that was taken is waited for. */
export async function settleOffered(
  { adapter, handle, message }: DeliverOptions,
  isProven: IsProven,
): Promise<Delivery | 'submitted' | undefined> {
  const left = await adapter.turnEnd?.withdraw({ ...handle, token: message.token })
  return left === 'taken' ? await settleTaken(isProven) : undefined
}

async function settleTaken(isProven: IsProven): Promise<Delivery | 'submitted'> {
  if (await isProven(recordMs)) return 'submitted'
  return { status: 'unknown', detail: 'a hook took it at the end of a turn, and the agent does not show it' }
}
