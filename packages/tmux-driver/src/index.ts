export type { SocketAddress } from './control-arguments.ts'
export type {
  CreatedSession,
  CreatedWindow,
  NewSessionOptions,
  NewWindowOptions,
  PaneSpec,
  UserOptions,
} from './creation.ts'
export {
  isTmuxError,
  TmuxError,
  type TmuxErrorCode,
  type TmuxErrorDetails,
  type TmuxErrorOptions,
} from './errors.ts'
export {
  isPaneId,
  isSessionId,
  isWindowId,
  type PaneId,
  parsePaneId,
  parseSessionId,
  parseWindowId,
  type SessionId,
  type WindowId,
} from './ids.ts'
export { sanitizeText } from './input.ts'
export type { OpenOptions } from './open-options.ts'
export type { PaneField, PaneFieldTypes, PaneRow } from './pane-fields.ts'
export type { PasteOptions } from './pane-input.ts'
export { isProcessAlive } from './process-alive.ts'
export type { CaptureOptions, Screen } from './screen.ts'
export type { TmuxServer } from './server-link.ts'
export { Tmux, type WindowOutcome } from './tmux.ts'
export type { TmuxEvents } from './tmux-events.ts'
export type { TmuxVersion } from './version.ts'
