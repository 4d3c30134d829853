import { setTimeout as sleep } from 'node:timers/promises'
import type { Chance } from './chance.ts'
import { Limits, limitBanner } from './limit.ts'
import type { Persona } from './persona.ts'
import type { Transcript } from './transcript.ts'

export interface TurnsOptions {
  readonly persona: Persona
  readonly chance: Chance
  readonly transcript: Transcript
  readonly say: (text: string) => void
  readonly print: (lines: readonly string[]) => void
  /** Its state has changed. */
  readonly tell: () => void
  readonly hang: (ms: number) => void
  readonly signal: AbortSignal
}

/** So many characters of the newest messages are in the summary of a compaction. */
const summaryChars = 2_000
/** What is drawn before a hang reaches the terminal first. */
const hangAfterMs = 20
const linesAtOnce = 500

/** What a persona makes of the turns that messages begin: limits, hangs, long work, long answers, compaction. */
export class Turns {
  readonly limits: Limits
  readonly #options: TurnsOptions
  #interrupted: (() => void) | undefined

  constructor(options: TurnsOptions) {
    this.#options = options
    this.limits = new Limits(options.persona, options.chance)
  }

  /** True when the message was answered with a limit. */
  async isLimited(index: number): Promise<boolean> {
    const { say, tell, signal } = this.#options
    const limit = this.limits.reach(index, Date.now())
    if (limit === undefined) return false
    say(limitBanner(limit.resetAt))
    tell()
    if (!limit.continuesItself) return true
    await sleep(Math.max(0, limit.resetAt - Date.now()), undefined, { signal })
    this.limits.end()
    tell()
    return false
  }

  /** The work that the message of this index makes. */
  async begin(index: number): Promise<void> {
    const { chance, persona, transcript, hang } = this.#options
    if (chance.oneIn(persona.hangEvery, 'hang', index)) {
      await sleep(hangAfterMs)
      transcript.note({ type: 'fault', fault: 'hang', detail: `${persona.hangMs} ms` })
      hang(persona.hangMs)
    }
    await this.work(persona.workMs)
  }

  /** Busy for so long, or until it is interrupted. */
  async work(ms: number): Promise<void> {
    if (ms === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#interrupted = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#interrupted = undefined
  }

  interrupt(): void {
    this.#interrupted?.()
  }

  /** The rest of an answer, as long as the persona's are. */
  async talk(): Promise<void> {
    const { persona, print } = this.#options
    for (let from = 1; from < persona.answerLines; from += linesAtOnce) {
      const count = Math.min(linesAtOnce, persona.answerLines - from)
      print(Array.from({ length: count }, (_, at) => `line ${from + at} of a long answer`))
      await sleep(0)
    }
  }

  /** True when the conversation is due to be compacted. */
  isFull(index: number): boolean {
    const { chance, persona } = this.#options
    return chance.oneIn(persona.compactEvery, 'compact', index)
  }

  /** A summary quotes what was said last; it becomes the user line of `index`. */
  async compact(newest: readonly string[], index: number): Promise<void> {
    const { transcript, persona, signal, say } = this.#options
    say('Compacting the conversation…')
    await sleep(persona.compactMs, undefined, { signal })
    const quoted = newest.join('\n').slice(-summaryChars)
    transcript.user(`The conversation so far, in short:\n${quoted}`, 'summary')
    transcript.action('handled', String(index))
    say('Compacted.')
  }
}
