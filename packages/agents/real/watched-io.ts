import type { Tmux } from '@tmux-orchestrator/tmux-driver'
import type { PaneIo } from '../src/index.ts'

/** The real connection, and what was typed over it. */
export interface WatchedIo extends PaneIo {
  readonly pastes: readonly string[]
  /** Keys, each with the screen right before it was pressed. */
  readonly presses: readonly { readonly key: string; readonly screen: string }[]
}

export function watchedIo(tmux: Tmux): WatchedIo {
  const pastes: string[] = []
  const presses: { key: string; screen: string }[] = []
  return {
    pastes,
    presses,
    list: (options) => tmux.list(options),
    capture: (pane, options) => tmux.capture(pane, options),
    paste: async (pane, text, options) => {
      pastes.push(text)
      await tmux.paste(pane, text, options)
    },
    keys: async (pane, ...keys) => {
      const { text } = await tmux.capture(pane, {})
      for (const key of keys) presses.push({ key, screen: text })
      await tmux.keys(pane, ...keys)
    },
    keysWhile: async (pane, sight, ...keys) => {
      const { text } = await tmux.capture(pane, {})
      await tmux.keysWhile(pane, sight, ...keys)
      for (const key of keys) presses.push({ key, screen: text })
    },
  }
}
