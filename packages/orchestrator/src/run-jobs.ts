import type { Job } from '@tmux-orchestrator/scheduler-db'
import { checkIn } from './check-in.ts'
import { expireConflict, finish, integrate } from './integrate.ts'
import { resumeLimited } from './resume-limited.ts'
import type { Runtime } from './runtime.ts'
import { describeError, errorCode } from './runtime.ts'

const leaseMs = 30_000
const limit = 4

interface Payload {
  readonly id: string
  readonly agent?: string
  readonly note?: string
  readonly limit?: string
}

/** Runs the jobs of this host: claims, renews while they run, completes or fails each with its fencing token. */
export class JobRunner {
  readonly #runtime: Runtime
  readonly #running: Set<Promise<void>> = new Set()

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  get running(): number {
    return this.#running.size
  }

  /** Claims as many jobs as there is room for and starts them. Answers how many. */
  async claim(): Promise<number> {
    const room = limit - this.#running.size
    if (room <= 0) return 0
    const { jobs } = await this.#runtime.ledger.command('jobs.claim', {
      owner: this.#runtime.owner,
      leaseMs,
      limit: room,
    })
    for (const job of jobs) {
      const run = this.#run(job).finally(() => {
        this.#running.delete(run)
        this.#runtime.wake({ jobs: true })
      })
      this.#running.add(run)
    }
    return jobs.length
  }

  async drain(): Promise<void> {
    await Promise.allSettled([...this.#running])
  }

  async #run(job: Job): Promise<void> {
    const { ledger, log } = this.#runtime
    const renew = setInterval(() => {
      ledger
        .command('jobs.extend', { id: job.id, token: job.token, leaseMs })
        .catch((error: unknown) =>
          log({ level: 'warn', event: 'job:lease-lost', job: job.id, error: describeError(error) }),
        )
    }, leaseMs / 3)
    try {
      const result = await this.#perform(job)
      clearInterval(renew)
      await ledger.command('jobs.complete', { id: job.id, token: job.token, result })
      log({ level: 'info', event: 'job:completed', kind: job.kind, job: job.id, result })
    } catch (error) {
      clearInterval(renew)
      if (this.#runtime.signal.aborted) await this.#release(job)
      else await this.#fail(job, error)
    } finally {
      clearInterval(renew)
    }
  }

  /** This process ends before the job did: the next one takes it up at once. */
  async #release(job: Job): Promise<void> {
    const { ledger, log } = this.#runtime
    try {
      await ledger.command('jobs.release', { id: job.id, token: job.token })
    } catch (error) {
      log({ level: 'warn', event: 'job:not-released', job: job.id, error: describeError(error) })
    }
  }

  async #perform(job: Job): Promise<string> {
    const payload = job.payload as unknown as Payload
    switch (job.kind) {
      case 'integrate':
        return await integrate(this.#runtime, payload.id, payload.agent ?? '')
      case 'finish':
        return await finish(this.#runtime, payload.id)
      case 'conflict':
        return await expireConflict(this.#runtime, payload.id, payload.agent ?? '')
      case 'check-in':
        return await checkIn(this.#runtime, payload.id, payload.agent ?? '')
      case 'note':
        return await sendNote(this.#runtime, payload)
      case 'resume':
        return await resumeLimited(this.#runtime, payload.id, payload.agent ?? '', payload.limit ?? '')
      default:
        throw new TypeError(`a job of kind ${job.kind} was claimed`)
    }
  }

  async #fail(job: Job, error: unknown): Promise<void> {
    const { ledger, log } = this.#runtime
    const cause = describeError(error)
    log({
      level: 'error',
      event: 'job:failed',
      kind: job.kind,
      job: job.id,
      error: cause,
      code: errorCode(error) ?? null,
    })
    try {
      await ledger.command('jobs.fail', { id: job.id, token: job.token, error: cause })
    } catch (failure) {
      log({ level: 'warn', event: 'job:not-settled', job: job.id, error: describeError(failure) })
    }
  }
}

async function sendNote(runtime: Runtime, payload: Payload): Promise<string> {
  await runtime.ledger.command('message.create', {
    id: payload.id,
    targets: [payload.agent ?? ''],
    sender: 'schedule',
    text: payload.note ?? '',
    policy: 'retry',
    ttlMs: 60 * 60_000,
  })
  runtime.wake({ deliveries: true })
  return 'sent'
}
