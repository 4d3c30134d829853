import type { ErrorKind, Finding } from './activity.ts'
import { type ResetTimeOptions, resetInstant } from './reset-time.ts'

/** What the last turn ended with, as the program itself shows it. */
export type Notice =
  | { readonly kind: 'error'; readonly error: ErrorKind; readonly text: string }
  | { readonly kind: 'limited'; readonly text: string; readonly continuesItself: boolean }

/**
 * What a captured screen shows.
 *
 * - `prompt` a prompt box that takes text; `box` is what stands in it without placeholder text
 * - `dialog` something that takes keys as answers; never type into it. `asks` for a permission, for an answer to a
 *   question of the agent, or for something before the program can start
 * - `blank` nothing yet
 * - `unknown` nothing we know; for a program with proof that means: do not type
 */
export type ScreenReading =
  | { readonly kind: 'prompt'; readonly box: string; readonly working: boolean; readonly notice?: Notice }
  | { readonly kind: 'dialog'; readonly asks: 'permission' | 'question' | 'start'; readonly title: string }
  | { readonly kind: 'blank' }
  | { readonly kind: 'unknown' }

/** What an agent does, as far as its screen alone tells. */
export function screenFinding(reading: ScreenReading, time: ResetTimeOptions): Finding {
  switch (reading.kind) {
    case 'blank':
      return { state: 'starting' }
    case 'unknown':
      return { state: 'unknown', detail: 'nothing on its screen is known' }
    case 'dialog':
      return {
        state: reading.asks === 'permission' ? 'blocked-permission' : 'waiting-input',
        detail: reading.title,
      }
    case 'prompt':
      if (reading.working) return { state: 'working' }
      return reading.notice ? noticeFinding(reading.notice, time) : { state: 'idle' }
  }
}

function noticeFinding(notice: Notice, time: ResetTimeOptions): Finding {
  const detail = notice.text.slice(0, 200)
  if (notice.kind === 'error') return { state: 'error', error: notice.error, detail }
  const resetAt = resetInstant(notice.text, time)
  return {
    state: 'limited',
    detail,
    ...(resetAt !== undefined && { resetAt }),
    ...(notice.continuesItself && { continuesItself: true }),
  }
}
