import type { Chance } from './chance.ts'
import type { Persona } from './persona.ts'

const minuteMs = 60_000

export interface Limit {
  readonly resetAt: number
  readonly continuesItself: boolean
}

/** The limits that a persona runs into. One that has ended stands until the next message looks at it. */
export class Limits {
  readonly #persona: Persona
  readonly #chance: Chance
  #current: Limit | undefined

  constructor(persona: Persona, chance: Chance) {
    this.#persona = persona
    this.#chance = chance
  }

  get current(): Limit | undefined {
    return this.#current
  }

  /** What the message of this index runs into; `now` is epoch milliseconds. */
  reach(index: number, now: number): Limit | undefined {
    if (this.#current !== undefined && this.#current.resetAt <= now) this.#current = undefined
    const { limitEvery, limitMs, limitContinues } = this.#persona
    const isReached = this.#current === undefined && this.#chance.oneIn(limitEvery, 'limit', index)
    return isReached ? this.begin(now + limitMs, limitContinues) : this.#current
  }

  begin(resetAt: number, continuesItself: boolean): Limit {
    this.#current = { resetAt, continuesItself }
    return this.#current
  }

  end(): void {
    this.#current = undefined
  }
}

/** When a limit ends as a program shows it: the next full minute, in UTC. */
export function limitBanner(resetAt: number): string {
  const at = new Date(Math.ceil(resetAt / minuteMs) * minuteMs)
  const hour = at.getUTCHours()
  const minute = at.getUTCMinutes().toString().padStart(2, '0')
  return `You've hit your limit · resets ${hour % 12 || 12}:${minute}${hour < 12 ? 'am' : 'pm'} (UTC)`
}
