import { untilAborted } from './until-aborted.ts'

const turns = new Map<string, Promise<unknown>>()

/**
 * Runs `step` when all steps of the same key that came before have ended. A tmux server of 3.3a or 3.5a (3.8 does not) crashes, with all that
 * runs in it, when a session or a client comes or goes while a control client is introducing itself: clients of this process
 * therefore come and go one after another.
 *
 * @throws the signal's reason when it is aborted before the turn comes.
 */
export async function inTurn<T>(key: string, step: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const before = turns.get(key)
  let leave = (): void => undefined
  const own = new Promise<void>((resolve) => {
    leave = resolve
  })
  const both = Promise.all([before, own])
  turns.set(key, both)
  try {
    await untilAborted(Promise.resolve(before), signal)
    return await step()
  } finally {
    leave()
    void both.then(() => {
      if (turns.get(key) === both) turns.delete(key)
    })
  }
}
