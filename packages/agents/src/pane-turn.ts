const turns = new WeakMap<object, Map<string, Promise<unknown>>>()

/** Runs one function after another for each pane of a connection, so that two messages never share a prompt box. */
export async function inTurn<T>(connection: object, pane: string, run: () => Promise<T>): Promise<T> {
  const panes = turns.get(connection) ?? new Map<string, Promise<unknown>>()
  turns.set(connection, panes)
  const before = panes.get(pane) ?? Promise.resolve()
  const mine = before.then(run)
  const settled = mine.then(
    () => undefined,
    () => undefined,
  )
  panes.set(pane, settled)
  try {
    return await mine
  } finally {
    if (panes.get(pane) === settled) panes.delete(pane)
  }
}
