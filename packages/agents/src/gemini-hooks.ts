import type { Finding, Signal } from './activity.ts'
import { holdCommand, holdTimeoutSeconds, writeHoldHook } from './hold-tools.ts'
import { type HookEvent, hookCommand, turnEndCommand, writeHookProgram } from './hooks.ts'
import { permissionCommand, writePermissionHook } from './permission-hook.ts'
import { clearTurnEnd } from './turn-end.ts'

const events = ['SessionStart', 'BeforeAgent', 'SessionEnd'] as const
const timeoutMs = 10_000

/**
 * Writes the hooks and gives the `hooks` part of a settings file. Gemini CLI wants JSON for an answer. It tells of a permission
 * right before it opens the dialog, waits until the hook has ended, and takes no answer there: so it is held there, before the
 * request is told, and tools that ask for nothing start no hook.
 */
export async function geminiHooks(stateDir: string): Promise<Readonly<Record<string, readonly unknown[]>>> {
  await writeHookProgram(stateDir)
  await writePermissionHook(stateDir)
  await writeHoldHook(stateDir)
  await clearTurnEnd(stateDir)
  const hook = (name: string, command: string, timeout = timeoutMs): object => ({
    ...{ type: 'command', name: `tmo-${name}` },
    ...{ command, timeout },
  })
  const asking = [
    hook('hold', `${holdCommand(stateDir)}; echo '{}'`, holdTimeoutSeconds * 1_000),
    hook('Notification', `${permissionCommand(stateDir, 'at-dialog')}; echo '{}'`),
  ]
  const wording = { nothing: '{}', answered: '"type":"gemini"' }
  const ending = hook('AfterAgent', turnEndCommand(stateDir, 'AfterAgent', wording))
  return {
    ...Object.fromEntries(
      events.map((event) => [event, [{ hooks: [hook(event, hookCommand(stateDir, event, '{}'))] }]]),
    ),
    AfterAgent: [{ hooks: [ending] }],
    Notification: [{ sequential: true, hooks: asking }],
  }
}

/** What the newest event says. A turn that failed ends with an answer of no text; one that was given a message goes on with it. */
export function geminiHookSignal(hooks: readonly HookEvent[]): Signal | undefined {
  const last = hooks.findLast(({ event }) => event !== 'SessionEnd')
  const finding = last && findingOf(last)
  return last && finding && { ...finding, source: 'hook', at: last.at }
}

function findingOf({ event, fields }: HookEvent): Finding | undefined {
  if (event === 'SessionStart') return { state: 'idle' }
  if (event === 'BeforeAgent') return { state: 'working' }
  // as Notification it is logged by agents that were started before it was put down as a request
  if (event === 'PermissionRequest' || event === 'Notification') {
    return fields.get('notification_type') === 'ToolPermission' ? { state: 'blocked-permission' } : undefined
  }
  if (event !== 'AfterAgent') return undefined
  if (fields.has('given')) return { state: 'working' }
  return fields.has('failed')
    ? { state: 'error', error: 'unknown', detail: 'its turn ended without an answer' }
    : { state: 'idle' }
}

/** A message that was handed over is at the model once its turn has gone on for so long: a person may have broken it off just then. */
const handedOverMs = 2_000

/** Of a token that was entered: whether it came at the end of a turn, and may be lost or has not been proven yet. */
export function isUnproven(events: readonly HookEvent[], token: string, now: number): boolean {
  const at = events.findLastIndex(({ event, tokens }) => event === 'BeforeAgent' && tokens.includes(token))
  const entered = events[at]
  if (!entered || !events[at - 1]?.fields.has('given')) return false
  const next = events[at + 1]
  return (next?.at ?? now) - entered.at < handedOverMs && (next === undefined || next.fields.has('lost'))
}
