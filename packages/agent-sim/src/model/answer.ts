import { SimError } from '../errors.ts'
import { type Failure, failureOf } from './failure.ts'
import type { ModelRequest } from './model-request.ts'
import type { CallStep, SlowStep, Step } from './step.ts'
import { shellCall, type ToolCall, writeCall } from './tool-call.ts'

/** What the model says in a turn, in no API's words yet. */
export interface Content {
  readonly kind: 'content'
  readonly parts: readonly Part[]
  /** Between two pieces of text. */
  readonly paceMs: number
  /** The connection is lost behind the last piece. */
  readonly isCut: boolean
}

export type Part =
  | { readonly kind: 'text'; readonly pieces: readonly string[] }
  | { readonly kind: 'tool'; readonly call: ToolCall }

export type Answer =
  | Content
  | { readonly kind: 'failure'; readonly failure: Failure }
  | { readonly kind: 'raw'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'silence' }

const wordsPerSecond = 5
const cutPaceMs = 50

/**
 * What a step answers.
 *
 * @throws SimError `BAD_STEP` when the program offers no tool for it
 */
export function answerOf(step: Step, request: ModelRequest, nowSeconds: number): Answer {
  switch (step.op) {
    case 'text':
      return sayText(step.text)
    case 'slow':
      return saySlowly(step, request)
    case 'drop':
      return content([textPart(['partial text ', 'before the ', 'connection drops '])], {
        paceMs: cutPaceMs,
        isCut: true,
      })
    case 'fail':
      return { kind: 'failure', failure: failureOf(step, nowSeconds) }
    case 'hang':
      return { kind: 'silence' }
    case 'raw':
      return { kind: 'raw', status: step.status, body: step.body }
    default:
      return content([{ kind: 'tool', call: callOf(step, request) }])
  }
}

function callOf(step: CallStep, { tools }: ModelRequest): ToolCall {
  switch (step.op) {
    case 'bash':
      return shellCall(tools, step.command)
    case 'escalate':
      return escalated(shellCall(tools, step.command))
    case 'write':
      return writeCall(tools, step.path, step.text)
    case 'tool':
      if (!tools.includes(step.name)) throw noSuchTool(step.name, tools)
      return { name: step.name, input: step.input }
  }
}

export function sayText(text: string): Content {
  return content([textPart(text.match(/[\s\S]{1,12}(?![\udc00-\udfff])|[\s\S]/g) ?? [''])])
}

function saySlowly({ seconds, call: step }: SlowStep, request: ModelRequest): Content {
  const count = Math.max(1, Math.round(seconds * wordsPerSecond))
  const words = textPart(Array.from({ length: count }, (_, index) => `word${index} `))
  const call: readonly Part[] = step ? [{ kind: 'tool', call: callOf(step, request) }] : []
  return content([words, ...call], { paceMs: (seconds * 1000) / count })
}

function content(parts: readonly Part[], more: { paceMs?: number; isCut?: boolean } = {}): Content {
  return { kind: 'content', parts, paceMs: 0, isCut: false, ...more }
}

function textPart(pieces: readonly string[]): Part {
  return { kind: 'text', pieces }
}

/** As Codex asks to leave its sandbox. */
function escalated({ name, input }: ToolCall): ToolCall {
  return {
    name,
    input: { ...input, sandbox_permissions: 'require_escalated', justification: 'the script asks for it' },
  }
}

function noSuchTool(name: string, tools: readonly string[]): SimError {
  return new SimError('BAD_STEP', `the program offers no tool ${name}`, {
    details: { tool: name },
    hint: `It offers: ${tools.slice(0, 40).join(', ')}.`,
  })
}
