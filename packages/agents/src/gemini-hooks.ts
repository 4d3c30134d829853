import type { Finding, Signal } from './activity.ts'
import { type HookEvent, hookCommand, writeHookProgram } from './hooks.ts'
import { permissionCommand, writePermissionHook } from './permission-hook.ts'

const events = ['SessionStart', 'BeforeAgent', 'AfterAgent', 'SessionEnd'] as const
const timeoutMs = 10_000

/**
 * Writes the hooks and gives the `hooks` part of a settings file. Gemini CLI wants JSON for an answer. It tells of a permission
 * right before it opens the dialog, and takes no answer there.
 */
export async function geminiHooks(stateDir: string): Promise<Readonly<Record<string, readonly unknown[]>>> {
  await writeHookProgram(stateDir)
  await writePermissionHook(stateDir)
  const entry = (event: string, command: string): readonly [string, readonly unknown[]] => [
    event,
    [{ hooks: [{ type: 'command', name: `tmo-${event}`, command, timeout: timeoutMs }] }],
  ]
  return Object.fromEntries([
    ...events.map((event) => entry(event, hookCommand(stateDir, event, '{}'))),
    entry('Notification', `${permissionCommand(stateDir, 'at-dialog')}; echo '{}'`),
  ])
}

/** What the newest event says. A turn that failed ends with an answer of no text. */
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
  return fields.has('failed')
    ? { state: 'error', error: 'unknown', detail: 'its turn ended without an answer' }
    : { state: 'idle' }
}
