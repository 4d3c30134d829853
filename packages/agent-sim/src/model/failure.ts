import type { Step } from './step.ts'

/** A refusal, in no API's words yet. */
export interface Failure {
  readonly status: number
  /** The kind, in the words of Anthropic's API or, where it has none, of OpenAI's. */
  readonly type: string
  readonly message: string
  readonly headers: Readonly<Record<string, string>>
  /** Further fields of the error object, where a program reads them. */
  readonly fields?: Readonly<Record<string, string | number>>
}

type FailStep = Extract<Step, { op: 'fail' }>

const plain = {
  '529': [529, 'overloaded_error', 'Overloaded'],
  '500': [500, 'api_error', 'Internal server error'],
  '401': [401, 'authentication_error', 'invalid x-api-key'],
  '403': [403, 'permission_error', 'Your account does not have access'],
  credit: [
    400,
    'invalid_request_error',
    'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
  ],
  quota: [
    429,
    'insufficient_quota',
    'You exceeded your current quota, please check your plan and billing details.',
  ],
  toolong: [400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'],
} as const

const hourSeconds = 3_600

/** What the real servers answer. `nowSeconds` dates a limit that the script does not date. */
export function failureOf(step: FailStep, nowSeconds: number): Failure {
  if (step.kind === '429') {
    return {
      status: 429,
      type: 'rate_limit_error',
      message: "This request would exceed your account's rate limit. Please try again later.",
      headers: { 'retry-after': String(step.retryAfterSeconds ?? 5) },
    }
  }
  if (step.kind === 'limit' || step.kind === 'usage') {
    const resetsAt = step.resetsAt ?? nowSeconds + hourSeconds
    return step.kind === 'limit' ? subscriptionLimit(resetsAt, nowSeconds) : usageLimit(resetsAt, nowSeconds)
  }
  const [status, type, message] = plain[step.kind]
  return { status, type, message, headers: {} }
}

/** A limit of an Anthropic subscription: the headers tell which one, and until when. */
function subscriptionLimit(resetsAt: number, nowSeconds: number): Failure {
  const unified = {
    status: 'rejected',
    reset: String(resetsAt),
    'representative-claim': 'five_hour',
    '5h-status': 'rejected',
    '5h-reset': String(resetsAt),
    'overage-status': 'rejected',
    'overage-disabled-reason': 'org_level_disabled',
  }
  const headers = Object.entries(unified).map(([name, value]) => [
    `anthropic-ratelimit-unified-${name}`,
    value,
  ])
  return {
    status: 429,
    type: 'rate_limit_error',
    message: 'Number of requests has exceeded your rate limit',
    headers: {
      ...Object.fromEntries(headers),
      'retry-after': String(Math.max(0, resetsAt - nowSeconds)),
    },
  }
}

/** A limit of a ChatGPT plan: the error object tells until when. */
function usageLimit(resetsAt: number, nowSeconds: number): Failure {
  return {
    status: 429,
    type: 'usage_limit_reached',
    message: 'The usage limit has been reached',
    headers: {},
    fields: {
      plan_type: 'pro',
      resets_at: resetsAt,
      resets_in_seconds: Math.max(0, resetsAt - nowSeconds),
    },
  }
}
