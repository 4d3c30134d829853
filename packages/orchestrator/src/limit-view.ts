/** A limit of the model's provider that holds an agent up. Instants are ISO 8601 UTC. */
export interface LimitView {
  /** `ID/NAME`. */
  readonly agent: string
  readonly program: string
  /** In the program's own words. */
  readonly detail: string | null
  readonly since: string
  /** `null`: nothing tells. */
  readonly resetAt: string | null
  /**
   * What happens at its end: `continues-itself` the program goes on alone, `resumed` we tell it to at `resumeAt`, `unknown`
   * nobody knows when that is, so a person has to.
   */
  readonly atReset: 'continues-itself' | 'resumed' | 'unknown'
  readonly resumeAt: string | null
}
