import { type Activity, overrule } from './activity.ts'
import type { AgentHandle } from './adapter.ts'

export interface SteadyOptions {
  /** How long a program has to say `idle` before that is believed. @defaultValue 200 */
  readonly idleAfterMs?: number
  /** How long a program may say `working` without any other sign of life. @defaultValue 1_800_000 */
  readonly stuckAfterMs?: number
}

/** `idle` is believed once it has stood for so long. */
export const idleAfterMs = 200
const defaults = { idleAfterMs, stuckAfterMs: 1_800_000 } satisfies Required<SteadyOptions>
const rememberedMax = 1_000

/**
 * Takes two looks before it says `idle`: between two turns a program says it for a moment, and a title is repainted in
 * pieces. A signal with a time of its own that is old enough stands for the first look.
 */
export class Steady {
  readonly #idleAfterMs: number
  readonly #stuckAfterMs: number
  readonly #since = new Map<string, number | undefined>()

  constructor(options: SteadyOptions = {}) {
    this.#idleAfterMs = options.idleAfterMs ?? defaults.idleAfterMs
    this.#stuckAfterMs = options.stuckAfterMs ?? defaults.stuckAfterMs
  }

  /**
   * @param key one agent's life, such as its pane and process
   * @param now epoch milliseconds
   * @param lifeAt the newest sign of life that the adapter knows, epoch milliseconds
   */
  look(key: string, activity: Activity, now: number, lifeAt?: number): Activity {
    const isKnown = this.#since.has(key)
    const earlier = this.#since.get(key)
    if (activity.state !== 'idle') {
      this.#remember(key, undefined)
      return this.#orStuck(activity, now, lifeAt)
    }
    const since = Math.min(earlier ?? now, activity.at, now)
    this.#remember(key, since)
    if (now - since >= this.#idleAfterMs) return activity
    const isGuess = !isKnown && (activity.source === 'title' || activity.source === 'screen')
    return overrule(activity, { state: isGuess ? 'unknown' : 'working', detail: 'idle, seen once' })
  }

  #orStuck(activity: Activity, now: number, lifeAt: number | undefined): Activity {
    if (activity.state !== 'working' || lifeAt === undefined || lifeAt > now) return activity
    const quietMs = now - lifeAt
    if (quietMs < this.#stuckAfterMs) return activity
    return overrule(activity, {
      state: 'stuck',
      detail: `no sign of life for ${Math.floor(quietMs / 60_000)} min`,
    })
  }

  #remember(key: string, since: number | undefined): void {
    this.#since.delete(key)
    this.#since.set(key, since)
    const oldest = this.#since.keys().next().value
    if (this.#since.size > rememberedMax && oldest !== undefined) this.#since.delete(oldest)
  }
}

/** One life of one agent: another process in the same pane is another. */
export function lifeOf({ pane, pid, conversationId }: AgentHandle): string {
  return `${pane} ${pid} ${conversationId}`
}
