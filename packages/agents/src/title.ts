import type { Signal } from './activity.ts'

type TitleState = 'blocked-permission' | 'working' | 'idle'

const forms: readonly (readonly [RegExp, TitleState])[] = [
  [/^\s*✋|^\[ [.!] \] Action Required/u, 'blocked-permission'],
  [/^\s*(✦|[⠀-⣿]|◐|◑|◒|◓)/u, 'working'],
  [/^\s*(◇|✳)/u, 'idle'],
]

/** What a window title says, by the marks that Codex, Gemini and Claude set; undefined for any other title. */
export function titleState(title: string): TitleState | undefined {
  return forms.find(([form]) => form.test(title))?.[1]
}

export function titleSignal(title: string | undefined, now: number): Signal | undefined {
  const state = title === undefined ? undefined : titleState(title)
  return state && { state, source: 'title', at: now }
}
