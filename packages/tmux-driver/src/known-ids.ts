import { TmuxError } from './errors.ts'
import { shownCommand } from './shown-command.ts'

/**
 * Which ids may be sent to a server: all, until another server takes the place of the one that they came from. On that ids begin at 0
 * again, and an old one names something else; then only those that it gave out itself.
 */
export class KnownIds {
  #known: Set<string> | undefined

  /** Another server took the place of the one that gave out all ids so far. */
  forget(): void {
    this.#known = new Set()
  }

  /** These were given out by the present server. */
  add(ids: Iterable<string>): void {
    if (this.#known !== undefined) for (const id of ids) this.#known.add(id)
  }

  /** The error for a command among whose words is an id that may be of an earlier server. */
  findStrange(names: readonly string[] = [], line = ''): TmuxError | undefined {
    const known = this.#known
    if (known === undefined) return undefined
    const strange = names.map(idIn).find((id) => id !== undefined && !known.has(id))
    return strange === undefined ? undefined : replacedError(line, strange)
  }
}

/** The id in a target of a command, be it `%1`, `-t%1` or `$1:@2`. */
function idIn(word: string): string | undefined {
  return /^(?:-[A-Za-z]*)?([$@%]\d{1,10})(?:[:.]|$)/.exec(word)?.[1]
}

export function replacedError(line: string, id?: string): TmuxError {
  const which = id === undefined ? 'its ids' : `ids such as ${id}`
  return new TmuxError(
    'SERVER_LOST',
    `the tmux server ended, and ${which} with it; another one runs in its place`,
    { details: { command: shownCommand(line) }, hint: 'Ask for the ids again: list().' },
  )
}
