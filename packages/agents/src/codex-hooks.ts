import { createHash } from 'node:crypto'
import type { Signal } from './activity.ts'
import { holdCommand, holdTimeoutSeconds, writeHoldHook } from './hold-tools.ts'
import { type HookEvent, hookCommand, turnEndCommand, writeHookProgram } from './hooks.ts'
import { permissionCommand, permissionTimeoutSeconds, writePermissionHook } from './permission-hook.ts'
import { clearTurnEnd } from './turn-end.ts'

const events = {
  SessionStart: 'session_start',
  UserPromptSubmit: 'user_prompt_submit',
  PreToolUse: 'pre_tool_use',
  PermissionRequest: 'permission_request',
  Stop: 'stop',
} as const

const timeoutSeconds = 10

/**
 * Writes the hook and gives it to Codex as settings of this start alone. Codex asks a human before it runs a hook that
 * it does not know, and remembers a digest of those that it may run: ours travel with theirs, so that no other hook is
 * trusted along with them and no file of the user is changed. While the hook of a permission waits, Codex 0.169 shows no
 * dialog, so that it waits for a moment only.
 */
export async function codexHookSettings(stateDir: string): Promise<readonly string[]> {
  await writeHookProgram(stateDir)
  await writePermissionHook(stateDir)
  await writeHoldHook(stateDir)
  await clearTurnEnd(stateDir)
  const named = Object.entries(events).map(([event, label]) => ({
    event,
    label,
    ...handlerOf(stateDir, event),
  }))
  const hooks = named.map(
    ({ event, command, timeout }) =>
      `hooks.${event}=[{hooks=[{type="command",command=${JSON.stringify(command)},timeout=${timeout}}]}]`,
  )
  const trusted = named.map(
    ({ label, command, timeout }) =>
      `"/<session-flags>/config.toml:${label}:0:0"={trusted_hash=${JSON.stringify(digestOf(label, command, timeout))}}`,
  )
  return [...hooks, `hooks.state={${trusted.join(',')}}`]
}

function handlerOf(stateDir: string, event: string): { readonly command: string; readonly timeout: number } {
  switch (event) {
    case 'PermissionRequest':
      return { command: permissionCommand(stateDir, 'before-dialog'), timeout: permissionTimeoutSeconds }
    case 'PreToolUse':
      return { command: holdCommand(stateDir), timeout: holdTimeoutSeconds }
    case 'Stop':
      return { command: turnEndCommand(stateDir, event), timeout: timeoutSeconds }
    default:
      return { command: hookCommand(stateDir, event), timeout: timeoutSeconds }
  }
}

/** The digest by which Codex 0.169 knows a hook: of its JSON with sorted keys. */
export function digestOf(label: string, command: string, timeout: number = timeoutSeconds): string {
  const handler = { async: false, command, timeout, type: 'command' }
  const json = JSON.stringify({ event_name: label, hooks: [handler] })
  return `sha256:${createHash('sha256').update(json).digest('hex')}`
}

const turns: Readonly<Record<string, 'idle' | 'working' | 'blocked-permission'>> = {
  UserPromptSubmit: 'working',
  PermissionRequest: 'blocked-permission',
  Stop: 'idle',
}

/** What the newest event says. A failed turn ends without one, so that the rollout knows better. */
export function codexHookSignal(hooks: readonly HookEvent[]): Signal | undefined {
  const last = hooks.findLast(({ event }) => Object.hasOwn(turns, event))
  const state = last && turns[last.event]
  return last && state && { state, source: 'hook', at: last.at }
}
