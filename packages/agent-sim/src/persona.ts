import { SimError } from './errors.ts'
import { type Prompt, prompts } from './prompt-rules.ts'

/** How an agent behaves, whatever it is asked to do. `0` and an empty text mean: never. */
export interface Persona {
  /** Whose prompt box it has. */
  readonly prompt: Prompt
  /** How long it takes to start. */
  readonly startupMs: number
  /** A pause before each step of its work. */
  readonly thinkMs: number
  /** How long each message keeps it busy. */
  readonly workMs: number
  /** Lines of its answer to a message. */
  readonly answerLines: number
  /** Somebody's half-typed text that stands in the box from the start. */
  readonly draft: string
  /** Somebody types a draft, at random instants so far apart in the middle. */
  readonly draftEveryMs: number
  /** How long such a draft stands before it is sent or erased. */
  readonly draftForMs: number
  /** The first so many Enters are lost. */
  readonly swallowEnters: number
  /** One message in so many stands in the box although it was sent. */
  readonly keepEvery: number
  /** Asks for permission to run this the moment the first paste begins. */
  readonly dialogOnPaste: string
  /** Asks for permission at random instants so far apart in the middle. */
  readonly dialogEveryMs: number
  /** A dialog closes by itself after this. `0`: it waits for an answer. */
  readonly dialogForMs: number
  /** Its pane is put into copy mode at random instants so far apart in the middle. */
  readonly scrollEveryMs: number
  readonly scrollForMs: number
  /** It stops reading and drawing after one message in so many. */
  readonly hangEvery: number
  readonly hangMs: number
  /** It kills itself at one message in so many. */
  readonly crashEvery: number
  /** At which instant: the paste has come, Enter has come, or the message is recorded and not yet answered. */
  readonly crashAt: CrashPoint
  /** A limit is reached with one message in so many. */
  readonly limitEvery: number
  readonly limitMs: number
  /** It goes on by itself when the limit ends. */
  readonly limitContinues: boolean
  /** Its context is compacted after one message in so many. */
  readonly compactEvery: number
  readonly compactMs: number
}

/** Where a crashing agent dies: when it was pasted to, when Enter came, or once the message stands in its conversation. */
export type CrashPoint = 'paste' | 'enter' | 'recorded'

/** An agent without delays, faults or questions: every other persona says what it does otherwise. */
export const defaultPersona: Persona = {
  prompt: 'sim',
  startupMs: 0,
  thinkMs: 20,
  workMs: 0,
  answerLines: 1,
  draft: '',
  draftEveryMs: 0,
  draftForMs: 1_000,
  swallowEnters: 0,
  keepEvery: 0,
  dialogOnPaste: '',
  dialogEveryMs: 0,
  dialogForMs: 0,
  scrollEveryMs: 0,
  scrollForMs: 1_000,
  hangEvery: 0,
  hangMs: 10_000,
  crashEvery: 0,
  crashAt: 'recorded',
  limitEvery: 0,
  limitMs: 60_000,
  limitContinues: false,
  compactEvery: 0,
  compactMs: 1_000,
}

/** The personas by name; `personas` says what each does. */
export type PersonaName =
  | 'fast'
  | 'slow'
  | 'verbose'
  | 'flooding'
  | 'hanging'
  | 'crashing'
  | 'swallowing'
  | 'keeping'
  | 'asking'
  | 'ambushing'
  | 'drafting'
  | 'scrolling'
  | 'limited'
  | 'compacting'

/** The personas with a name. Several can be one: `slow,asking`; what comes later wins, and options win over all. */
export const personas: Readonly<Record<PersonaName, Partial<Persona>>> = {
  fast: { thinkMs: 0 },
  slow: { startupMs: 3_000, thinkMs: 500, workMs: 5_000 },
  verbose: { answerLines: 200 },
  flooding: { answerLines: 20_000 },
  hanging: { hangEvery: 3 },
  crashing: { crashEvery: 3 },
  swallowing: { swallowEnters: 2 },
  keeping: { keepEvery: 3 },
  asking: { dialogEveryMs: 3_000 },
  ambushing: { dialogOnPaste: 'rm -rf build' },
  drafting: { draftEveryMs: 3_000 },
  scrolling: { scrollEveryMs: 3_000 },
  limited: { limitEvery: 3 },
  compacting: { compactEvery: 3 },
}

/** The options of a persona as they are written: `startupMs` is `startup-ms`. */
export const personaOptions: readonly (keyof Persona)[] = Object.keys(defaultPersona).filter(isOption)

const crashPoints: readonly string[] = ['paste', 'enter', 'recorded']

function isOption(name: string): name is keyof Persona {
  return Object.hasOwn(defaultPersona, name)
}

function isPersonaName(name: string): name is PersonaName {
  return Object.hasOwn(personas, name)
}

export function optionName(key: keyof Persona): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/**
 * The arguments of `tmo-agent-sim` for a persona.
 *
 * @example personaArguments({ prompt: 'claude', swallowEnters: 2 }) // ['--prompt', 'claude', '--swallow-enters', '2']
 */
export function personaArguments(persona: Partial<Persona>): readonly string[] {
  return personaOptions.flatMap((key) => {
    const value = persona[key]
    if (value === undefined || value === false) return []
    return value === true ? [`--${optionName(key)}`] : [`--${optionName(key)}`, String(value)]
  })
}

/**
 * A persona from the names of some and from options as they were written.
 *
 * @throws SimError `BAD_ARGUMENT`
 */
export function parsePersona(names: string, options: Readonly<Record<string, string | boolean>>): Persona {
  const named = names === '' ? [] : names.split(',').map((name) => namedPersona(name.trim()))
  const chosen = personaOptions.flatMap((key) => {
    const value = options[optionName(key)]
    return value === undefined ? [] : [[key, parseOption(key, value)] as const]
  })
  return Object.assign({ ...defaultPersona }, ...named, Object.fromEntries(chosen))
}

function namedPersona(name: string): Partial<Persona> {
  if (isPersonaName(name)) return personas[name]
  throw new SimError('BAD_ARGUMENT', `there is no persona "${name}"`, {
    hint: `one of ${Object.keys(personas).join(', ')}; several with commas between them`,
  })
}

function parseOption(key: keyof Persona, value: string | boolean): string | number | boolean {
  const flag = `--${optionName(key)}`
  if (key === 'prompt') return oneOf(flag, String(value), prompts)
  if (key === 'crashAt') return oneOf(flag, String(value), crashPoints)
  if (typeof defaultPersona[key] !== 'number') return value
  if (/^\d{1,9}$/.test(String(value))) return Number(value)
  throw new SimError('BAD_ARGUMENT', `${flag} takes a whole number from 0, not "${value}"`)
}

function oneOf(flag: string, value: string, allowed: readonly string[]): string {
  if (allowed.includes(value)) return value
  throw new SimError('BAD_ARGUMENT', `${flag} takes one of ${allowed.join(', ')}, not "${value}"`)
}
