import { setTimeout as sleep } from 'node:timers/promises'
import type { Chance } from './chance.ts'
import { type Keyboard, typeDraft } from './human.ts'
import type { Persona } from './persona.ts'
import { scrollBack } from './scroll.ts'

export interface HappeningOptions {
  readonly persona: Persona
  readonly chance: Chance
  /** The persona's own human sits here. */
  readonly keyboard: Keyboard
  readonly ask: (subject: string, forMs: number) => Promise<void>
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

/** Something that comes upon an agent again and again, at instants that nobody who talks to it knows. */
interface Happening {
  readonly name: string
  readonly everyMs: number
  /** Lets it happen once, to its end. `count` says how often it was its turn before. */
  readonly happen: (count: number) => Promise<void>
}

/** Lets things happen to an agent as its persona says, until the signal. */
export async function runHappenings(options: HappeningOptions): Promise<void> {
  const { persona, chance, keyboard, env, signal } = options
  const { dialogEveryMs, dialogForMs, draftEveryMs, draftForMs, scrollEveryMs, scrollForMs } = persona
  const { note } = keyboard
  const all: readonly Happening[] = [
    {
      name: 'dialog',
      everyMs: dialogEveryMs,
      happen: (count) => options.ask(`make target-${count}`, dialogForMs),
    },
    {
      name: 'draft',
      everyMs: draftEveryMs,
      happen: (count) => typeDraft(keyboard, { count, forMs: draftForMs, chance, signal }),
    },
    {
      name: 'scroll',
      everyMs: scrollEveryMs,
      happen: () => scrollBack(env, { forMs: scrollForMs, note, signal }),
    },
  ]
  const due = all.filter(({ everyMs }) => everyMs > 0)
  await Promise.all(due.map((happening) => repeat(happening, chance, signal)))
}

async function repeat(
  { name, everyMs, happen }: Happening,
  chance: Chance,
  signal: AbortSignal,
): Promise<void> {
  for (let count = 0; ; count += 1) {
    await sleep(chance.around(everyMs, name, count), undefined, { signal })
    await happen(count)
  }
}
