import type { ErrorKind, Finding, Signal } from './activity.ts'
import { holdCommand, holdTimeoutSeconds, writeHoldHook } from './hold-tools.ts'
import { type HookEvent, hookCommand, turnEndCommand, writeHookProgram } from './hooks.ts'
import { permissionCommand, permissionTimeoutSeconds, writePermissionHook } from './permission-hook.ts'
import { clearTurnEnd } from './turn-end.ts'

const events = [
  'SessionStart',
  'UserPromptSubmit',
  'PermissionRequest',
  'Notification',
  'Stop',
  'StopFailure',
  'SessionEnd',
] as const

/** Writes the hook and an empty log, and gives the `hooks` part of a settings file. */
export async function writeHooks(stateDir: string): Promise<Readonly<Record<string, unknown>>> {
  await writeHookProgram(stateDir)
  await writePermissionHook(stateDir)
  await clearTurnEnd(stateDir)
  await writeHoldHook(stateDir)
  const entry = (event: string): readonly unknown[] => [
    { hooks: [{ type: 'command', command: hookCommand(stateDir, event), timeout: 10 }] },
  ]
  const asking = {
    type: 'command',
    command: permissionCommand(stateDir, 'beside-dialog'),
    timeout: permissionTimeoutSeconds,
  }
  const all = Object.fromEntries(events.map((event) => [event, entry(event)]))
  const ending = { type: 'command', command: turnEndCommand(stateDir, 'Stop'), timeout: 10 }
  const holding = { type: 'command', command: holdCommand(stateDir), timeout: holdTimeoutSeconds }
  return {
    ...all,
    PreToolUse: [{ hooks: [holding] }],
    PermissionRequest: [{ hooks: [asking] }],
    Stop: [{ hooks: [ending] }],
  }
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
