import { join } from 'node:path'
import type { ErrorKind, Finding, Signal } from './activity.ts'
import { readTail, writeWhole } from './files.ts'
import { isObject, parseObject } from './json.ts'

/** One event of Claude Code, as our hook wrote it down. */
export interface HookEvent {
  readonly event: string
  /** Epoch milliseconds, to the second. */
  readonly at: number
  /** Such as `error` → `rate_limit`. */
  readonly fields: ReadonlyMap<string, string>
  /** Our tokens that occurred in the event's text. */
  readonly tokens: readonly string[]
}

const events = [
  'SessionStart',
  'UserPromptSubmit',
  'PermissionRequest',
  'Notification',
  'Stop',
  'StopFailure',
  'SessionEnd',
] as const

/**
 * The hook of every event. It keeps the event's name, time, session, error kind and our tokens, never the text of a
 * prompt or an answer, and prints nothing: what a hook prints may be shown to the model.
 */
const script = `#!/bin/sh
LC_ALL=C
export LC_ALL
words=$(grep -aoE '"(session_id|error|notification_type|source)": ?"[A-Za-z0-9_-]{1,64}"|tmo-[a-z]-[A-Za-z0-9]{4,48}' |
  head -n 64 | sed 's/"//g; s/: */=/; s/.*/"&"/' | tr '\\n' ',')
printf '{"event":"%s","at":%s,"words":[%s]}\\n' "$1" "$(date +%s)" "\${words%,}" >> "$2"
exit 0
`

export function hookLog(stateDir: string): string {
  return join(stateDir, 'hooks.jsonl')
}

/** Writes the hook and an empty log, and gives the `hooks` part of a settings file. */
export async function writeHooks(stateDir: string): Promise<Readonly<Record<string, unknown>>> {
  const program = join(stateDir, 'hook.sh')
  await writeWhole(program, script, 0o700)
  await writeWhole(hookLog(stateDir), '', 0o600)
  const entry = (event: string): readonly unknown[] => [
    {
      hooks: [
        {
          type: 'command',
          command: ['/bin/sh', program, event, hookLog(stateDir)].map(quote).join(' '),
          timeout: 10,
        },
      ],
    },
  ]
  return Object.fromEntries(events.map((event) => [event, entry(event)]))
}

/** A word for the shell that Claude Code gives hook commands to: there is no argv form. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

const errors: Readonly<Record<string, ErrorKind>> = {
  billing_error: 'credit',
  authentication_failed: 'authentication',
  oauth_org_not_allowed: 'authentication',
  rate_limit: 'rate-limit',
  overloaded: 'overloaded',
  server_error: 'server',
  invalid_request: 'invalid-request',
}

/** What Claude Code calls an error. */
export function errorOfClaude(name: string | undefined): ErrorKind {
  return (name === undefined ? undefined : errors[name]) ?? 'unknown'
}

const turns: Readonly<Record<string, 'idle' | 'working' | 'blocked-permission'>> = {
  SessionStart: 'idle',
  UserPromptSubmit: 'working',
  PermissionRequest: 'blocked-permission',
  Stop: 'idle',
}

/** What the newest event that tells of a turn says. */
export function hookSignal(events: readonly HookEvent[]): Signal | undefined {
  const last = events.findLast(({ event }) => Object.hasOwn(turns, event) || event === 'StopFailure')
  return last && { ...hookFinding(last), source: 'hook', at: last.at }
}

function hookFinding({ event, fields }: HookEvent): Finding {
  const state = turns[event]
  if (state !== undefined) return { state }
  const name = fields.get('error')
  return { state: 'error', error: errorOfClaude(name), detail: name ?? 'unknown' }
}

const tailBytes = 16_384

/** The latest events, oldest first; undefined when the log is absent or cannot be read. */
export async function readHooks(stateDir: string): Promise<readonly HookEvent[] | undefined> {
  const tail = await readTail(hookLog(stateDir), tailBytes)
  if (tail.status !== 'read') return undefined
  return tail.value.split('\n').flatMap((line) => parseHookEvent(line) ?? [])
}

function parseHookEvent(line: string): HookEvent | undefined {
  const entry = line === '' ? undefined : parseObject(line)
  if (!isObject(entry)) return undefined
  const { event, at, words } = entry
  if (typeof event !== 'string' || typeof at !== 'number' || !Array.isArray(words)) return undefined
  const texts = words.filter((word) => typeof word === 'string')
  const fields = texts.filter((word) => word.includes('=')).map((word): [string, string] => splitField(word))
  return {
    event,
    at: at * 1000,
    fields: new Map(fields),
    tokens: texts.filter((word) => !word.includes('=')),
  }
}

function splitField(word: string): [string, string] {
  const at = word.indexOf('=')
  return [word.slice(0, at), word.slice(at + 1)]
}

/** Whether a line of the log is a prompt that held the token. */
export function isHookInput(line: string, token: string): boolean {
  const event = parseHookEvent(line)
  return event?.event === 'UserPromptSubmit' && event.tokens.includes(token)
}
