import { TmuxError } from './errors.ts'

/*
 * Since 3.7 tmux gives up on a format 100 ms after it began, by the clock: also when all it lacked was its turn on a busy machine. What is
 * left of it then becomes nothing, be it a part or the whole. Nothing may therefore mean what an empty answer would.
 */

/** The last thing in a format: `1` when all before it was told to its end. */
export const seal = '#{!=:a,b}'

/** A condition that is not true where tmux gave up on it. */
export const surely = (condition: string): string => `#{&&:${condition},1}`

const attemptsMax = 5
const unfinished = new WeakSet<Error>()

/** The error for an answer that tmux gave up on; what was asked had no effect. */
export function unfinishedError(what: string, said = ''): TmuxError {
  const error = new TmuxError('TIMEOUT', `tmux gave up on telling ${what}`, {
    details: { stderr: said.slice(-2000) },
    hint: 'The machine is so busy that the server was not let run for 100 ms: try again.',
  })
  unfinished.add(error)
  return error
}

/** Asks a few times where tmux gives up on telling. */
export async function askToTheEnd<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask()
    } catch (error) {
      const isUnfinished = error instanceof Error && unfinished.has(error)
      if (!isUnfinished || attempt === attemptsMax) throw error
    }
  }
}
