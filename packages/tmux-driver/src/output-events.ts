import type { PaneId } from './ids.ts'
import type { Screen } from './screen.ts'

/** What comes from panes whose output is taken. Within a pane events come in the order in which things happened. */
export type OutputEvent =
  /** What the pane shows, with attributes: first of all, and again after something was missed. All earlier bytes are in it. */
  | { readonly type: 'screen'; readonly pane: PaneId; readonly screen: Screen }
  /** What the program printed next, exactly; a character may be cut anywhere. */
  | { readonly type: 'bytes'; readonly pane: PaneId; readonly bytes: Uint8Array }
  /** Bytes that are not handed over, because they were taken too slowly or the connection was lost; a `screen` follows. */
  | {
      readonly type: 'missed'
      readonly pane: PaneId
      /** How many; `undefined` where the server dropped them, which it does not count. */
      readonly bytes: number | undefined
      /** From the first byte that was dropped until the screen that follows. */
      readonly forMs: number
    }
  /** Its program has ended and the pane remained. tmux drops what it had not sent by then: the `screen` that follows has it. */
  | { readonly type: 'ended'; readonly pane: PaneId }
  /** There is no such pane, or no longer; what it printed last may not have come. */
  | { readonly type: 'closed'; readonly pane: PaneId }
  /** The connection ended. The stream goes on with another one, as soon as the server has one. */
  | { readonly type: 'lost'; readonly reason: string }

/** How much output may wait to be taken. */
export interface OutputOptions {
  /**
   * How much may wait to be taken, over all panes of the stream. What comes on top of it is missed.
   * @defaultValue 1 MiB
   */
  readonly bufferBytes?: number
  /** Ends the stream; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}
