import { isTmuxError } from '@tmux-orchestrator/tmux-driver'
import type { DeliverOptions, Delivery } from './delivery.ts'
import { inspectAgent, isAtWork, type Refusal } from './inspect-pane.ts'
import { wasTyped } from './turn-end.ts'

/** Why a message is not typed although its agent would take it: a person has the box, or the pane. */
const personal: ReadonlySet<string> = new Set(['draft', 'copy-mode'])

/** How soon what a hook took is in the agent's record. */
const recordMs = 3_000
/** How often it is asked whether the turn goes on, which its hook does not tell when a person has cancelled it. */
const turnMs = 500

/** Whether the message has arrived, by the end of the delivery or so much later; no longer asked once that is in vain. */
type IsProven = (graceMs?: number, isVain?: () => Promise<boolean>) => Promise<boolean>

/**
 * Leaves a message for the end of the turn that the agent is in, without a key, where a person's text or scrolling keeps it out of the
 * box, or the program hides what it is given while it works. What is not taken in time is taken back, so that the refusal is true.
 * `over`: the turn has ended without taking it, and nothing else keeps it out.
 */
export async function deliverAtTurnEnd(
  options: DeliverOptions,
  refusal: Refusal,
  isProven: IsProven,
): Promise<Delivery | 'submitted' | 'over'> {
  const { adapter, handle, message } = options
  const { turnEnd } = adapter
  if (turnEnd === undefined || !(personal.has(refusal.reason) || isAtWork(refusal))) return refusal
  // It may be on its way still, in a queue that the program does not show.
  if (await wasTyped(handle.stateDir, message.token)) return refusal
  if (!(await turnEnd.offer(handle, message))) return refusal
  const takeBack = (): ReturnType<typeof turnEnd.withdraw> =>
    turnEnd.withdraw({ ...handle, token: message.token })
  const turn = watchTurn(options)
  const hasArrived = await isProven(0, turn.isOver).catch(async (error: unknown) => {
    await takeBack()
    throw error
  })
  const left = await takeBack()
  if (hasArrived) return 'submitted'
  if (left === 'taken') return await settleTaken(isProven)
  return turn.wasOver() && isAtWork(refusal) ? 'over' : refusal
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
      wasOver = over.has('state' in agent ? agent.state : agent.reason)
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
