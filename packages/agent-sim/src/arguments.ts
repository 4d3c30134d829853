import { parseArgs } from 'node:util'
import { SimError } from './errors.ts'
import { isRecord } from './json.ts'

export interface Arguments {
  readonly help: boolean
  readonly version: boolean
  readonly sessionId: string | undefined
  readonly resume: string | undefined
  readonly seed: number
  readonly startupMs: number
  readonly thinkMs: number
  readonly mute: boolean
  readonly draft: string
  readonly swallowEnters: number
  /** Asks for permission to run this the moment the first paste begins. */
  readonly dialogOnPaste: string | undefined
  /** The text to start with; `undefined` when none was given. */
  readonly brief: string | undefined
}

export const usage = `Usage: tmo-agent-sim [options] [BRIEF]

A simulated coding agent for the terminal it is started in.

Options:
  --session-id UUID  id of the new conversation (default: a random one)
  --resume UUID      go on with this conversation
  --seed N           decides the wording of the files it writes (default 0)
  --startup-ms N     how long it takes to start (default 0)
  --think-ms N       pause before each step of its work (default 20)
  --mute             take input, but never record or answer anything
  --draft TEXT       somebody's half-typed text stands in the box
  --swallow-enters N the first N Enters are lost
  --dialog-on-paste CMD
                     asks for permission to run CMD the moment the first paste begins
  --help, --version

Environment:
  TMO_SIM_HOME       sessions, conversations, records (default: $XDG_STATE_HOME/tmo-agent-sim,
                     else ~/.local/state/tmo-agent-sim)
  TMO_SIM_POLL_MS    how often it looks at its team while it waits (default 15000)
  TMO_AGENT          <orchestration>/<name>: whom it works as; TMO_ROLE: its role

Prompt directives: /permission CMD, /slow S, /say TEXT, /exit [CODE], /crash
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

function parse(argv: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      help: { ...flag, short: 'h' },
      version: flag,
      mute: flag,
      'session-id': { type: 'string' },
      resume: { type: 'string' },
      seed: { type: 'string', default: '0' },
      'startup-ms': { type: 'string', default: '0' },
      'think-ms': { type: 'string', default: '20' },
      draft: { type: 'string', default: '' },
      'swallow-enters': { type: 'string', default: '0' },
      'dialog-on-paste': { type: 'string' },
    },
  })
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
  const { values, positionals } = parseOrRefuse(argv)
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
    startupMs: count('startup-ms', values['startup-ms']),
    thinkMs: count('think-ms', values['think-ms']),
    draft: values.draft,
    swallowEnters: count('swallow-enters', values['swallow-enters']),
    dialogOnPaste: values['dialog-on-paste'],
    brief: positionals[0],
  }
}
