import { parseArgs } from 'node:util'
import { SimError } from './errors.ts'
import { isRecord } from './json.ts'
import {
  defaultPersona,
  optionName,
  type Persona,
  parsePersona,
  personaOptions,
  personas,
} from './persona.ts'

export interface Arguments {
  readonly help: boolean
  readonly version: boolean
  readonly sessionId: string | undefined
  readonly resume: string | undefined
  readonly seed: number
  /** Takes input, but records and answers nothing. */
  readonly mute: boolean
  readonly persona: Persona
  /** The text to start with; `undefined` when none was given. */
  readonly brief: string | undefined
}

const about: Readonly<Record<keyof Persona, readonly [placeholder: string, what: string]>> = {
  prompt: ['NAME', 'whose prompt box it has: sim, claude, codex, gemini, opencode'],
  startupMs: ['N', 'how long it takes to start'],
  thinkMs: ['N', 'pause before each step of its work (default 20)'],
  workMs: ['N', 'how long each message keeps it busy'],
  answerLines: ['N', 'lines of its answer to a message (default 1)'],
  draft: ['TEXT', "somebody's half-typed text stands in the box"],
  draftEveryMs: ['N', 'somebody types a draft about every N ms'],
  draftForMs: ['N', '… and sends or erases it after N ms (default 1000)'],
  swallowEnters: ['N', 'the first N Enters are lost'],
  keepEvery: ['N', 'one message in N stands in the box although it was sent'],
  dialogOnPaste: ['CMD', 'asks for permission to run CMD the moment the first paste begins'],
  dialogEveryMs: ['N', 'asks for permission about every N ms'],
  dialogForMs: ['N', '… each goes away without an answer after N ms (default 0: waits)'],
  scrollEveryMs: ['N', 'its pane is put into copy mode about every N ms'],
  scrollForMs: ['N', '… for N ms (default 1000)'],
  hangEvery: ['N', 'stops reading and drawing after one message in N'],
  hangMs: ['N', '… for N ms (default 10000)'],
  crashEvery: ['N', 'kills itself at one message in N'],
  crashAt: ['POINT', '… at its paste, its enter, or once it is recorded (default)'],
  limitEvery: ['N', 'reaches a limit with one message in N'],
  limitMs: ['N', '… for N ms (default 60000)'],
  limitContinues: ['', '… and goes on by itself when it ends'],
  compactEvery: ['N', 'compacts its context after one message in N'],
  compactMs: ['N', '… which takes N ms (default 1000)'],
}

const line = (option: string, what: string): string =>
  option.length < 19 ? `  ${option.padEnd(19)}${what}` : `  ${option}\n${' '.repeat(21)}${what}`

export const usage: string = `Usage: tmo-agent-sim [options] [BRIEF]

A simulated coding agent for the terminal it is started in.

Options:
  --session-id UUID  id of the new conversation (default: a random one)
  --resume UUID      go on with this conversation
  --seed N           decides the wording of its files and all that is left to chance (default 0)
  --mute             take input, but never record or answer anything
  --persona NAMES    ${Object.keys(personas).slice(0, 7).join(', ')},
                     ${Object.keys(personas).slice(7).join(', ')}; several: slow,asking
${personaOptions.map((key) => line(`--${optionName(key)} ${about[key][0]}`.trimEnd(), about[key][1])).join('\n')}
  --help, --version

Environment:
  TMO_SIM_HOME       sessions, conversations, records (default: $XDG_STATE_HOME/tmo-agent-sim,
                     else ~/.local/state/tmo-agent-sim)
  TMO_SIM_POLL_MS    how often it looks at its team while it waits (default 15000)
  TMO_AGENT          <orchestration>/<name>: whom it works as; TMO_ROLE: its role

Prompt directives: /permission CMD, /slow S, /say TEXT, /limit S, /compact, /exit [CODE], /crash
Exit codes: 0 done, 1 it failed, 2 usage or no terminal, 129 hang-up, 143 terminated
`

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

function conversationId(flag: string, value: string | undefined): string | undefined {
  if (value === undefined || uuid.test(value)) return value
  throw new SimError('BAD_ARGUMENT', `--${flag} takes a UUID, not "${value}"`)
}

function count(flag: string, value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value)
  throw new SimError('BAD_ARGUMENT', `--${flag} takes a whole number from 0, not "${value}"`)
}

const personaFlags = Object.fromEntries(
  personaOptions.map((key) => {
    const type = typeof defaultPersona[key] === 'boolean' ? ('boolean' as const) : ('string' as const)
    return [optionName(key), { type }]
  }),
)

function parse(argv: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      ...personaFlags,
      help: { ...flag, short: 'h' },
      version: flag,
      mute: flag,
      'session-id': { type: 'string' },
      resume: { type: 'string' },
      seed: { type: 'string', default: '0' },
      persona: { type: 'string', default: '' },
    },
  })
  return { values, positionals, written: writtenOptions(values) }
}

function writtenOptions(values: Readonly<Record<string, unknown>>): Record<string, string | boolean> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'boolean' ? [[name, value] as const] : [],
    ),
  )
}

function parseOrRefuse(argv: readonly string[]): ReturnType<typeof parse> {
  try {
    return parse(argv)
  } catch (error) {
    if (!isRecord(error) || !String(error.code).startsWith('ERR_PARSE_ARGS')) throw error
    throw new SimError('BAD_ARGUMENT', String(error.message).split('. ')[0] ?? 'unknown option', {
      cause: error,
      hint: 'see tmo-agent-sim --help',
    })
  }
}

/** @throws SimError `BAD_ARGUMENT` */
export function parseArguments(argv: readonly string[]): Arguments {
  const { values, positionals, written } = parseOrRefuse(argv)
  if (positionals.length > 1) {
    throw new SimError('BAD_ARGUMENT', 'one brief at most', { hint: 'quote the brief as one argument' })
  }
  if (values['session-id'] !== undefined && values.resume !== undefined) {
    throw new SimError('BAD_ARGUMENT', '--session-id and --resume exclude each other')
  }
  return {
    help: values.help,
    version: values.version,
    mute: values.mute,
    sessionId: conversationId('session-id', values['session-id']),
    resume: conversationId('resume', values.resume),
    seed: count('seed', values.seed),
    persona: parsePersona(values.persona, written),
    brief: positionals[0],
  }
}
