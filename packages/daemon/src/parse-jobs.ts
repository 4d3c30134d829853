import type { Json, NewJob } from '@tmux-orchestrator/scheduler-db'
import { DaemonError } from './errors.ts'

/** Jobs of one request, and of one claim. */
const jobsMax = 1_000

export interface ClaimArguments {
  readonly queue: string
  readonly kinds: readonly string[]
  readonly owner: string
  readonly leaseMs: number
  readonly limit: number
}

export interface HeldArguments {
  readonly id: string
  readonly token: number
  readonly leaseMs?: number
  readonly result?: Json
}

export interface FailArguments {
  readonly id: string
  readonly token: number
  readonly error: string
  readonly final: boolean
}

/** @throws DaemonError BAD_ARGUMENT, as do all of this file */
export function parseNewJobs(args: unknown): readonly NewJob[] {
  const { jobs } = toObject(args)
  if (!Array.isArray(jobs) || jobs.length > jobsMax)
    throw bad('jobs.enqueue', `"jobs" is a list of at most ${jobsMax}`)
  return jobs.map(parseNewJob)
}

const texts = ['dedupeKey', 'concurrencyKey'] as const
const numbers = ['priority', 'dueAt', 'expiresAt', 'maxAttempts'] as const

function parseNewJob(value: unknown): NewJob {
  const job = toObject(value)
  const name = 'jobs.enqueue'
  const { needs = [], dedupe, backoff } = job
  if (!isTexts(needs)) throw bad(name, '"needs" is a list of ids')
  if (dedupe !== undefined && dedupe !== 'pending' && dedupe !== 'live')
    throw bad(name, '"dedupe" is pending or live')
  return {
    queue: text(job, 'queue', name),
    kind: text(job, 'kind', name),
    payload: toJson(job['payload'] ?? null),
    needs,
    ...(dedupe === undefined ? {} : { dedupe }),
    ...(backoff === undefined ? {} : { backoff: parseBackoff(backoff) }),
    ...Object.fromEntries(
      texts.filter((key) => job[key] !== undefined).map((key) => [key, text(job, key, name)]),
    ),
    ...Object.fromEntries(
      numbers.filter((key) => job[key] !== undefined).map((key) => [key, whole(job, key, name)]),
    ),
  }
}

function parseBackoff(value: unknown): { baseMs: number; capMs: number } {
  const backoff = toObject(value)
  return {
    baseMs: whole(backoff, 'baseMs', 'jobs.enqueue'),
    capMs: whole(backoff, 'capMs', 'jobs.enqueue'),
  }
}

export function parseClaim(args: unknown): ClaimArguments {
  const name = 'jobs.claim'
  const claim = toObject(args)
  const { kinds } = claim
  if (!isTexts(kinds) || kinds.length === 0 || kinds.length > 100)
    throw bad(name, '"kinds" is a list of one to a hundred')
  const limit = whole(claim, 'limit', name)
  const leaseMs = whole(claim, 'leaseMs', name)
  if (limit < 1 || limit > jobsMax) throw bad(name, `"limit" is a number from 1 to ${jobsMax}`)
  if (leaseMs < 1) throw bad(name, '"leaseMs" is a duration')
  return { queue: text(claim, 'queue', name), owner: text(claim, 'owner', name), kinds, limit, leaseMs }
}

export function parseHeld(args: unknown, name: string): HeldArguments {
  const held = toObject(args)
  return {
    id: text(held, 'id', name),
    token: whole(held, 'token', name),
    ...(held['leaseMs'] === undefined ? {} : { leaseMs: whole(held, 'leaseMs', name) }),
    ...(held['result'] === undefined ? {} : { result: toJson(held['result']) }),
  }
}

export function parseFailure(args: unknown): FailArguments {
  const failure = toObject(args)
  const { id, token } = parseHeld(args, 'jobs.fail')
  return { id, token, error: text(failure, 'error', 'jobs.fail'), final: failure['final'] === true }
}

export function parseRetry(args: unknown): string {
  return text(toObject(args), 'id', 'jobs.retry')
}

function toObject(value: unknown): Record<string, unknown> {
  return { ...(typeof value === 'object' ? value : {}) }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== '')
}

function text(object: Record<string, unknown>, key: string, name: string): string {
  const value = object[key]
  if (typeof value !== 'string' || value === '') throw bad(name, `"${key}" is a text`)
  return value
}

function whole(object: Record<string, unknown>, key: string, name: string): number {
  const value = object[key]
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw bad(name, `"${key}" is a whole number`)
  return value
}

/** What came over the socket was JSON there. */
function toJson(value: unknown): Json {
  return value as Json
}

function bad(name: string, what: string): DaemonError {
  return new DaemonError('BAD_ARGUMENT', `${name}: ${what}`)
}
