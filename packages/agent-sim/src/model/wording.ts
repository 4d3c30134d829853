import type { Content, Part } from './answer.ts'
import type { Failure } from './failure.ts'
import type { ToolCall } from './tool-call.ts'

/** What an answer needs besides its content. */
export interface Frame {
  readonly model: string
  readonly newId: (prefix: string) => string
  readonly nowSeconds: number
  readonly inputTokens: number
}

/** A part of a stream; pieces of text are paced. */
export interface Chunk {
  readonly data: string
  readonly isPiece: boolean
}

/** How one API says things. */
export interface Wording {
  /** The body of an answer that is not streamed. */
  whole(content: Content, frame: Frame): unknown
  /** The parts of a streamed answer; one that is cut has no end. */
  stream(content: Content, frame: Frame): Iterable<Chunk>
  failure(failure: Failure, frame: Frame): { readonly status: number; readonly body: unknown }
}

export const outputTokens = 42

/** The calls of tools among the parts. */
export function callsAmong({ parts }: Content): readonly ToolCall[] {
  return parts.flatMap((part) => (part.kind === 'tool' ? [part.call] : []))
}

export function textOf(part: Part): string {
  return part.kind === 'text' ? part.pieces.join('') : ''
}

export function jsonPieces(value: unknown): readonly string[] {
  return JSON.stringify(value).match(/[\s\S]{1,16}/g) ?? []
}

/** A server-sent event with its name on a line of its own. */
export function namedEvent(type: string, fields: object, isPiece: boolean = false): Chunk {
  return { data: `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`, isPiece }
}

/** A server-sent event without a name. */
export function plainEvent(body: object, isPiece: boolean = false): Chunk {
  return { data: `data: ${JSON.stringify(body)}\n\n`, isPiece }
}
