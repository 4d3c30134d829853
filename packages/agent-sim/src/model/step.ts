/** How a step makes a request fail. The words are those of a script: `<<429 5 2>>`, `<<credit>>`. */
export const failureKinds = [
  '429',
  '529',
  '500',
  '401',
  '403',
  'credit',
  'quota',
  'usage',
  'limit',
  'toolong',
] as const

/** How the model can fail, as it is written in a step. */
export type FailureKind = (typeof failureKinds)[number]

/** A step that calls a tool. */
export type CallStep =
  | { readonly op: 'bash' | 'escalate'; readonly command: string }
  | { readonly op: 'write'; readonly path: string; readonly text: string }
  | { readonly op: 'tool'; readonly name: string; readonly input: Readonly<Record<string, unknown>> }

export interface SlowStep {
  readonly op: 'slow'
  readonly seconds: number
  /** What it calls when it has talked so long, in the same turn. */
  readonly call?: CallStep
}

/** What the model does in one turn. */
export type Step =
  | CallStep
  | SlowStep
  | { readonly op: 'text'; readonly text: string }
  | {
      readonly op: 'fail'
      readonly kind: FailureKind
      /** Requests that fail before one gets through; `Infinity` when none does. */
      readonly times: number
      readonly retryAfterSeconds?: number
      /** Epoch seconds, as these APIs say it. */
      readonly resetsAt?: number
    }
  | { readonly op: 'drop'; readonly times: number }
  | { readonly op: 'hang' }
  | { readonly op: 'raw'; readonly status: number; readonly body: unknown }
