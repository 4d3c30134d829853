import type { ApiName } from './model-request.ts'
import type { Step } from './step.ts'

/**
 * What became of a request.
 *
 * - `answered` the whole answer was sent, with this status
 * - `dropped` the script lost the connection
 * - `left` the client, or the end of the server, ended it before the answer was whole
 */
export type RequestOutcome =
  | { readonly kind: 'pending' | 'dropped' | 'left' }
  | { readonly kind: 'answered'; readonly status: number }

/** A request for a turn of the model, and what it held. */
export interface ModelRequestRecord {
  /** 1 for the server's first, and so on. */
  readonly seq: number
  /** Epoch milliseconds. */
  readonly at: number
  readonly api: ApiName
  readonly path: string
  readonly model: string
  readonly isStream: boolean
  readonly tools: readonly string[]
  /** `auxiliary`: a title, a choice of model …; it proves no delivery, though it may quote the conversation. */
  readonly purpose: 'turn' | 'auxiliary'
  /** The first text of the conversation, which tells it from others. */
  readonly opening: string
  /**
   * Every text that was entered since the model last spoke before it, oldest first: without a program's reminders, and
   * without the frame around a message that it hands on within a turn.
   */
  readonly inputs: readonly string[]
  /** The last of them, byte for byte; empty when nothing was entered. */
  readonly userText: string
  readonly userBytes: number
  /** Of the text's bytes, in hexadecimal. */
  readonly userSha256: string
  /** Turns that the model has taken since that text. */
  readonly turn: number
  /** What the script says for this turn; absent where it says nothing. */
  readonly step?: Step
  readonly outcome: RequestOutcome
}
