declare const brand: unique symbol

/** A session's id (`$3`): unique in one life of one server, never a name. */
export type SessionId = `$${number}` & { readonly [brand]: 'session' }
/** A window's id (`@3`). */
export type WindowId = `@${number}` & { readonly [brand]: 'window' }
/** A pane's id (`%3`). */
export type PaneId = `%${number}` & { readonly [brand]: 'pane' }

const isText = (value: unknown, pattern: RegExp): boolean => typeof value === 'string' && pattern.test(value)

/** Is it a session id, such as `$3`? */
export function isSessionId(value: unknown): value is SessionId {
  return isText(value, /^\$\d{1,10}$/)
}

/** Is it a window id, such as `@7`? */
export function isWindowId(value: unknown): value is WindowId {
  return isText(value, /^@\d{1,10}$/)
}

/** Is it a pane id, such as `%12`? */
export function isPaneId(value: unknown): value is PaneId {
  return isText(value, /^%\d{1,10}$/)
}

/** @throws TypeError when `text` is not a session id. */
export function parseSessionId(text: string): SessionId {
  if (!isSessionId(text)) throw new TypeError(`not a tmux session id: ${JSON.stringify(text)}`)
  return text
}

/** @throws TypeError when `text` is not a window id. */
export function parseWindowId(text: string): WindowId {
  if (!isWindowId(text)) throw new TypeError(`not a tmux window id: ${JSON.stringify(text)}`)
  return text
}

/** @throws TypeError when `text` is not a pane id. */
export function parsePaneId(text: string): PaneId {
  if (!isPaneId(text)) throw new TypeError(`not a tmux pane id: ${JSON.stringify(text)}`)
  return text
}
