/** What an agent does, in a word. `unknown` is what could not be read, and is never taken for `idle` or `exited`. */
export type ActivityState =
  | 'starting'
  | 'idle'
  | 'working'
  | 'waiting-input'
  | 'blocked-permission'
  | 'limited'
  | 'error'
  | 'stuck'
  | 'exited'
  | 'unknown'

/**
 * Why a turn failed.
 *
 * - `overloaded` the model's servers are busy; it may work in a moment
 * - `authentication` no login, or a key that is refused
 * - `credit` nothing is left to pay with
 * - `context-full` the conversation no longer fits the model
 * - `rate-limit` too many requests, without an end that the program tells
 * - `server` the model's servers failed
 * - `invalid-request` the request was refused
 * - `network` the connection failed
 * - `unknown` an error that this version cannot name
 */
export type ErrorKind =
  | 'overloaded'
  | 'authentication'
  | 'credit'
  | 'context-full'
  | 'rate-limit'
  | 'server'
  | 'invalid-request'
  | 'network'
  | 'unknown'

/** Where a finding comes from. */
export type ActivitySource =
  | 'status-file'
  | 'hook'
  | 'api'
  | 'transcript'
  | 'title'
  | 'screen'
  | 'process'
  | 'none'

interface Told {
  /** For people: what it waits for, what failed. */
  readonly detail?: string
}

/** It waits for a limit to end. */
export interface Limited extends Told {
  readonly state: 'limited'
  /** When the limit ends, epoch milliseconds; absent when nothing tells. */
  readonly resetAt?: number
  /** The program goes on by itself at that time; nobody has to resume it. */
  readonly continuesItself?: boolean
}

/** It met an error, of a kind. */
export interface Failed extends Told {
  readonly state: 'error'
  readonly error: ErrorKind
}

/** Any other state: nothing more is told of it. */
export interface Plain extends Told {
  readonly state: Exclude<ActivityState, 'limited' | 'error'>
}

/** What an agent does, as far as one source tells. */
export type Finding = Plain | Limited | Failed

/** One signal about what an agent does. */
export type Signal = Finding & {
  readonly source: ActivitySource
  /** When the signal was set, epoch milliseconds; for a title or a screen, when it was looked at. */
  readonly at: number
}

/** What an agent does: the signal that decided, and what the others said. */
export type Activity = Signal & { readonly others: readonly Signal[] }

/**
 * Lets one signal decide: the first, in the order of authority of the program at hand. What is absent does not speak;
 * an authority that cannot be read says `unknown` and that stands.
 */
export function judge(signals: readonly (Signal | undefined)[]): Activity {
  const [first, ...others] = signals.filter((signal) => signal !== undefined)
  if (first) return { ...first, others }
  return { state: 'unknown', source: 'none', at: 0, detail: 'nothing tells what it does', others: [] }
}

/** The same activity with another verdict; the signal that decided before is kept among the others. */
export function overrule(activity: Activity, finding: Finding): Activity {
  const { others, ...signal } = activity
  return { ...finding, source: signal.source, at: signal.at, others: [signal, ...others] }
}
