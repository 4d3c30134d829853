import type { ActivityState } from './adapter.ts'

const forms: readonly (readonly [RegExp, ActivityState])[] = [
  [/^\s*✋|^\[ [.!] \] Action Required/u, 'blocked-permission'],
  [/^\s*(✦|[⠀-⣿]|◐|◑|◒|◓)/u, 'working'],
  [/^\s*(◇|✳)/u, 'idle'],
]

/** What a window title says, by the marks that Codex, Gemini and Claude set; undefined for any other title. */
export function titleState(title: string): ActivityState | undefined {
  return forms.find(([form]) => form.test(title))?.[1]
}
