/**
 * What a captured screen shows.
 *
 * - `prompt` a prompt box that takes text; `box` is what stands in it without placeholder text
 * - `dialog` something that takes keys as answers; never type into it
 * - `blank` nothing yet
 * - `unknown` nothing we know; for a program with proof that means: do not type
 */
export type ScreenReading =
  | { readonly kind: 'prompt'; readonly box: string; readonly working: boolean }
  | { readonly kind: 'dialog'; readonly title: string }
  | { readonly kind: 'blank' }
  | { readonly kind: 'unknown' }
