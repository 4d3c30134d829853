// One process that works on jobs of a daemon: `node job-worker.mjs <verb> <home> <queue> [argument]`, speaking JSON lines on stdout.
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { processOwner } from '@tmux-orchestrator/scheduler-db'
import { connectDaemon } from '../../dist/index.js'

const [verb, home, queue, argument] = process.argv.slice(2)
const say = (line) => writeSync(1, `${JSON.stringify(line)}\n`)
const owner = processOwner()
const claim = { queue, kinds: ['pack'], owner, limit: 1 }

const verbs = {
  /** Claims one job, and completes it when its input ends. */
  async hold() {
    const daemon = await connectDaemon({ home, env: {} })
    const { jobs } = await daemon.call('jobs.claim', { ...claim, leaseMs: Number(argument) })
    const [{ id, token }] = jobs
    say({ claimed: true, id })
    process.stdin.resume()
    await once(process.stdin, 'end')
    const refused = await daemon.call('jobs.complete', { id, token }).then(
      () => undefined,
      ({ code }) => code,
    )
    say({ refused })
    await daemon.close()
  },

  /** Waits for a word, then works one job after another until none is left. */
  async drain() {
    const daemon = await connectDaemon({ home, env: {} })
    say({ ready: true })
    await once(process.stdin, 'data')
    process.stdin.destroy()
    for (;;) {
      const [job] = (await daemon.call('jobs.claim', { ...claim, leaseMs: 60_000 })).jobs
      if (job === undefined) break
      await daemon.call('jobs.complete', { id: job.id, token: job.token })
      say({ done: job.id, attempt: job.attempt })
    }
    await daemon.close()
  },

  /** Enqueues and works for ever, saying what was acknowledged, through as many daemons as come and go. */
  async work() {
    for (let count = 0; ; ) {
      try {
        const daemon = await connectDaemon({ home, env: {} })
        for (; ; count += 1) {
          const made = await daemon.call('jobs.enqueue', { jobs: [{ queue, kind: 'pack', payload: count }] })
          say({ enqueued: made.jobs[0].id })
          const [job] = (await daemon.call('jobs.claim', { ...claim, leaseMs: 60_000 })).jobs
          if (job === undefined || count % 3 === 0) continue
          await daemon.call('jobs.complete', { id: job.id, token: job.token })
          say({ completed: job.id, token: job.token })
        }
      } catch (error) {
        if (!['CONNECTION_LOST', 'NOT_RUNNING', 'CLOSED', 'TIMEOUT', 'LEASE_LOST'].includes(error.code))
          throw error
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
  },
}

await verbs[verb]()
