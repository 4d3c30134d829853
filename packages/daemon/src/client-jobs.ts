import type { Engine } from '@tmux-orchestrator/orchestrator'
import type { Enqueued, Job, Json, NewJob } from '@tmux-orchestrator/scheduler-db'
import { DaemonError } from './errors.ts'
import type { LedgerClient } from './ledger-client.ts'
import { parseClaim, parseFailure, parseHeld, parseNewJobs, parseRetry } from './parse-jobs.ts'

/** The requests with which a program works on a queue of its own; the daemon's own queue is named after its host. */
export interface JobRequests {
  /** Makes jobs, all or none. */
  'jobs.enqueue': { args: { jobs: readonly NewJob[] }; result: { jobs: readonly Enqueued[] } }
  /** Takes ready jobs, the most urgent first; an empty list when there are none. `owner` is unique per process and start. */
  'jobs.claim': {
    args: { queue: string; kinds: readonly string[]; owner: string; leaseMs: number; limit: number }
    result: { jobs: readonly Job[] }
  }
  /** Says that the worker lives; do so each third of the lease. LEASE_LOST when the job was taken from it. */
  'jobs.extend': { args: { id: string; token: number; leaseMs: number }; result: { id: string } }
  /** LEASE_LOST when the job was taken from this worker: drop the result. */
  'jobs.complete': { args: { id: string; token: number; result?: Json }; result: { id: string } }
  /** Ends an attempt badly: the job waits for the next one, or is dead after its last. */
  'jobs.fail': {
    args: { id: string; token: number; error: string; final?: boolean }
    result: { state: 'scheduled' | 'dead' }
  }
  /** Makes a dead job ready again, with as many attempts as it had. */
  'jobs.retry': { args: { id: string }; result: { id: string } }
}

interface ClientJobsOptions {
  readonly store: LedgerClient
  readonly engine: Engine
  /** The queue that no client may touch. */
  readonly host: string
}

/** Jobs of other programs than the daemon's own, in the same store and under the same commits. */
export class ClientJobs {
  readonly #options: ClientJobsOptions
  #timer: NodeJS.Timeout | undefined
  #lookAt = Number.POSITIVE_INFINITY

  constructor(options: ClientJobsOptions) {
    this.#options = options
  }

  static is(name: string): name is keyof JobRequests {
    return Object.hasOwn(answers, name)
  }

  /**
   * @throws DaemonError BAD_ARGUMENT, NO_SUCH_JOB; RemoteError with the store's own code, as LEASE_LOST
   */
  answer(name: keyof JobRequests, args: unknown): Promise<unknown> {
    return answers[name](this, args)
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  async enqueue(args: unknown): Promise<unknown> {
    const jobs = parseNewJobs(args)
    for (const { queue } of jobs) this.#refuseOwnQueue(queue)
    const made = await this.#options.store.job('job.enqueue', { jobs })
    const now = Date.now()
    // What is ready is there to be claimed; only a time that comes later is the engine's to wait for.
    for (const { dueAt, expiresAt } of jobs)
      for (const at of [dueAt, expiresAt]) if (at !== undefined && at > now) this.#lookBy(at)
    return { jobs: made }
  }

  async claim(args: unknown): Promise<unknown> {
    const claim = parseClaim(args)
    this.#refuseOwnQueue(claim.queue)
    const jobs = await this.#options.store.job('job.claim', claim)
    if (Array.isArray(jobs) && jobs.length > 0) this.#lookBy(Date.now() + claim.leaseMs)
    return { jobs }
  }

  async extend(args: unknown): Promise<unknown> {
    const { id, token, leaseMs } = parseHeld(args, 'jobs.extend')
    if (leaseMs === undefined) throw new DaemonError('BAD_ARGUMENT', 'jobs.extend: "leaseMs" is a duration')
    await this.#options.store.job('job.extend', { id, token, leaseMs })
    return { id }
  }

  async complete(args: unknown): Promise<unknown> {
    const { id, token, result } = parseHeld(args, 'jobs.complete')
    await this.#options.store.job('job.complete', { id, token, result })
    return { id }
  }

  async fail(args: unknown): Promise<unknown> {
    const state = await this.#options.store.job('job.fail', parseFailure(args))
    if (state === 'scheduled') this.#options.engine.wake()
    return { state }
  }

  async retry(args: unknown): Promise<unknown> {
    const id = parseRetry(args)
    if ((await this.#options.store.job('job.retry', { id })) !== true) {
      throw new DaemonError('NO_SUCH_JOB', `there is no dead job ${id}`, {
        hint: 'list them: tmo-scheduler dead',
      })
    }
    this.#options.engine.wake()
    return { id }
  }

  /** Makes the engine look when a lease may have run out or a job comes due; one timer for all, since it then finds what is next. */
  #lookBy(at: number): void {
    if (at >= this.#lookAt) return
    this.#lookAt = at
    clearTimeout(this.#timer)
    const look = (): void => {
      this.#lookAt = Number.POSITIVE_INFINITY
      this.#options.engine.wake()
    }
    this.#timer = setTimeout(look, Math.min(30_000, Math.max(0, at - Date.now()) + 1))
    this.#timer.unref()
  }

  #refuseOwnQueue(queue: string): void {
    if (queue !== this.#options.host) return
    throw new DaemonError('BAD_ARGUMENT', `the queue ${queue} is the daemon's own`, {
      hint: 'choose another name for your queue',
    })
  }
}

const answers: Record<keyof JobRequests, (jobs: ClientJobs, args: unknown) => Promise<unknown>> = {
  'jobs.enqueue': (jobs, args) => jobs.enqueue(args),
  'jobs.claim': (jobs, args) => jobs.claim(args),
  'jobs.extend': (jobs, args) => jobs.extend(args),
  'jobs.complete': (jobs, args) => jobs.complete(args),
  'jobs.fail': (jobs, args) => jobs.fail(args),
  'jobs.retry': (jobs, args) => jobs.retry(args),
}
