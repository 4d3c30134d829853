export type { BulkOptions, WindowOutcome } from './bulk.ts'
export type { Limits } from './command-runner.ts'
export type { SocketAddress } from './control-arguments.ts'
export type {
  CreatedSession,
  CreatedWindow,
  NewPaneOptions,
  NewSessionOptions,
  NewWindowOptions,
  PaneSpec,
} from './creation.ts'
export type { UserOptions } from './creation-marks.ts'
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
export { type Sight, sanitizeText } from './input.ts'
export type { LayoutName } from './layout.ts'
export type { ListOptions } from './list-panes.ts'
export type { OpenOptions } from './open-options.ts'
export type { OutputEvent, OutputOptions } from './output-events.ts'
export type { PaneEvent, WatchedField, WatchedPane } from './pane-events.ts'
export type { PaneField, PaneFieldTypes, PaneRow } from './pane-fields.ts'
export type { PasteOptions } from './pane-input.ts'
export type { PipeOptions } from './pipe.ts'
export { isProcessAlive } from './process-alive.ts'
export type { CaptureOptions, CaptureOutcome, Screen } from './screen.ts'
export { Tmux } from './tmux.ts'
export type { TmuxEvents } from './tmux-events.ts'
export type { TmuxServer } from './tmux-server.ts'
export type { TmuxFeatures, TmuxVersion } from './version.ts'
export type { ExitCondition, PaneExit, ScreenCondition, WaitOptions } from './wait-for.ts'
export type { WatchOptions } from './watch.ts'
