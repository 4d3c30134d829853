import type { PaneId, Sight } from '@tmux-orchestrator/tmux-driver'
import type { AgentAdapter, AgentHandle } from './adapter.ts'

/** Why nothing was typed. */
export type RefusalReason =
  | 'dead-pane'
  | 'starting'
  | 'dialog'
  | 'draft'
  | 'copy-mode'
  | 'exited'
  | 'unknown-state'
  | 'unknown-version'
  | 'too-large'
  | 'busy'

/**
 * What became of a message.
 *
 * - `submitted` the agent has it; `proof` names where that was read
 * - `refused` not one byte was typed; a later try may succeed
 * - `unknown` bytes may have been typed and nothing proves them; ask `findToken` before anything else
 */
export type Delivery =
  | { readonly status: 'submitted'; readonly proof: string; readonly at: number }
  | { readonly status: 'refused'; readonly reason: RefusalReason; readonly detail?: string }
  | { readonly status: 'unknown'; readonly detail: string }

/** The part of a `Tmux` that a delivery needs. */
export interface PaneIo {
  list(options: { readonly fields: readonly ['pane', 'command', 'dead', 'inMode', 'title'] }): Promise<
    readonly {
      readonly pane: PaneId
      readonly command: string
      readonly dead: boolean
      readonly inMode: boolean
      readonly title: string
    }[]
  >
  capture(
    pane: PaneId,
    options: { readonly lines?: number; readonly attributes?: boolean },
  ): Promise<{
    readonly text: string
    readonly inMode: boolean
    readonly dead: boolean
    readonly cursor?: { readonly x: number; readonly y: number }
  }>
  /** `while`: only while the cursor stands there, in one step; `SCREEN_CHANGED` when it does not. */
  paste(
    pane: PaneId,
    text: string,
    options: {
      readonly bracketed?: boolean
      readonly while?: { readonly cursor: { readonly x: number; readonly y: number } }
    },
  ): Promise<void>
  keys(pane: PaneId, ...keys: readonly string[]): Promise<void>
  /** Only while these words stand on the screen, in one step; `SCREEN_CHANGED` when they do not. */
  keysWhile?(pane: PaneId, sight: Sight, ...keys: readonly string[]): Promise<void>
}

/** What is delivered, with the word that proves it. */
export interface Message {
  /** A word such as `tmo-m-7f3a9c2e` that occurs in the text and nowhere else. */
  readonly token: string
  /** See `formatMessage`. */
  readonly text: string
}

/** A message, the agent that it is for, and how long proof is waited for. */
export interface DeliverOptions {
  readonly tmux: PaneIo
  readonly adapter: AgentAdapter
  readonly handle: AgentHandle
  readonly message: Message
  /** How long to wait for proof, from the call on; and from the end of a turn on that it waited for before. @defaultValue 10_000 */
  readonly timeoutMs?: number
  /** How often a lost Enter is repeated. @defaultValue 2 */
  readonly enterRetries?: number
  readonly signal?: AbortSignal
}
