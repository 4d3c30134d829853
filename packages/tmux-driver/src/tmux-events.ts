import type { PaneId, WindowId } from './ids.ts'

/**
 * What a handle tells on its own. The `window:`, `pane:` and `session:` events are hints that something changed, of any
 * session of the server and at least once; the truth is what `list()` answers.
 */
export interface TmuxEvents {
  'server:lost': [event: { readonly reason: string }]
  'server:reconnected': [event: { readonly pid: number }]
  'window:added': [event: { readonly window: WindowId }]
  'window:closed': [event: { readonly window: WindowId }]
  'window:renamed': [event: { readonly window: WindowId }]
  /** A mode of tmux (copy mode) began or ended in a pane. */
  'pane:mode-changed': [event: { readonly pane: PaneId }]
  'session:changed': [event: Readonly<Record<string, never>>]
}
