import { SimError } from '../errors.ts'
import { type Failure, failureOf } from './failure.ts'
import type { ModelRequest } from './model-request.ts'
import type { Step } from './step.ts'
import { shellCall, type ToolCall, writeCall } from './tool-call.ts'

/** What the model says in a turn, in no API's words yet. */
export type Content =
  | {
      readonly kind: 'text'
      readonly pieces: readonly string[]
      readonly paceMs: number
      /** The connection is lost behind the last piece. */
      readonly isCut: boolean
    }
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
export function answerOf(step: Step, { tools }: ModelRequest, nowSeconds: number): Answer {
  switch (step.op) {
    case 'text':
      return sayText(step.text)
    case 'slow':
      return saySlowly(step.seconds)
    case 'bash':
      return { kind: 'tool', call: shellCall(tools, step.command) }
    case 'escalate':
      return { kind: 'tool', call: escalated(shellCall(tools, step.command)) }
    case 'write':
      return { kind: 'tool', call: writeCall(tools, step.path, step.text) }
    case 'tool':
      if (!tools.includes(step.name)) throw noSuchTool(step.name, tools)
      return { kind: 'tool', call: { name: step.name, input: step.input } }
    case 'fail':
      return { kind: 'failure', failure: failureOf(step, nowSeconds) }
    case 'drop':
      return {
        kind: 'text',
        pieces: ['partial text ', 'before the ', 'connection drops '],
        paceMs: cutPaceMs,
        isCut: true,
      }
    case 'hang':
      return { kind: 'silence' }
    case 'raw':
      return { kind: 'raw', status: step.status, body: step.body }
  }
}

export function sayText(text: string): Content {
  return {
    kind: 'text',
    pieces: text.match(/[\s\S]{1,12}(?![\udc00-\udfff])|[\s\S]/g) ?? [''],
    paceMs: 0,
    isCut: false,
  }
}

function saySlowly(seconds: number): Content {
  const count = Math.max(1, Math.round(seconds * wordsPerSecond))
  return {
    kind: 'text',
    pieces: Array.from({ length: count }, (_, index) => `word${index} `),
    paceMs: (seconds * 1000) / count,
    isCut: false,
  }
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
