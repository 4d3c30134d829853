import { setTimeout as sleep } from 'node:timers/promises'

const turns = new WeakMap<object, Map<string, Promise<unknown>>>()

/**
 * Runs one function after another for each pane of a connection, so that two messages never share a prompt box. The next
 * one waits as long as `restMs` says of the last one's outcome.
 */
export async function inTurn<T>(
  connection: object,
  pane: string,
  run: () => Promise<T>,
  restMs: (outcome: T) => number = () => 0,
): Promise<T> {
  const panes = turns.get(connection) ?? new Map<string, Promise<unknown>>()
  turns.set(connection, panes)
  const before = panes.get(pane) ?? Promise.resolve()
  const mine = before.then(run)
  const settled = mine.then(
    (outcome) => rest(restMs(outcome)),
    () => undefined,
  )
  panes.set(pane, settled)
  void settled.then(() => {
    if (panes.get(pane) === settled) panes.delete(pane)
  })
  return mine
}

/** Nobody waits for a rest but the next in turn: it keeps no process alive. */
async function rest(ms: number): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { ref: false })
}
