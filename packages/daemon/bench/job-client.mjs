// One client of the bench: `node job-client.mjs daemon <home>` or `direct <database>`. For each line on stdin (milliseconds) it
// enqueues, claims and completes with one call in flight, and answers with the latencies of its calls.
import { createInterface } from 'node:readline'
import { connectDaemon } from '@tmux-orchestrator/daemon'
import { enqueueJob, openStore, processOwner } from '@tmux-orchestrator/scheduler-db'

const [way, place] = process.argv.slice(2)
const job = { queue: 'bench', kind: 'k', payload: { a: 1 } }
const claim = { queue: 'bench', kinds: ['k'], owner: processOwner(), leaseMs: 60_000, limit: 1 }

async function overSocket() {
  const daemon = await connectDaemon({ home: place, env: {} })
  return {
    enqueue: () => daemon.call('jobs.enqueue', { jobs: [job] }),
    claim: async () => (await daemon.call('jobs.claim', claim)).jobs[0],
    complete: ({ id, token }) => daemon.call('jobs.complete', { id, token }),
    close: () => daemon.close(),
  }
}

async function byItself() {
  const store = await openStore({ url: place, busyTimeoutMs: 60_000 })
  const now = () => store.now()
  return {
    enqueue: () => store.transaction((tx) => enqueueJob(tx, job, { now: now() })),
    claim: async () => (await store.claim({ ...claim, now: now() }))[0],
    complete: ({ id, token }) => store.complete({ id, token, now: now() }),
    close: () => store.close(),
  }
}

const work = way === 'daemon' ? await overSocket() : await byItself()
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)
say({ ready: true })
for await (const line of createInterface({ input: process.stdin })) {
  const ms = []
  const timed = async (call) => {
    const begin = performance.now()
    const answer = await call()
    ms.push(Math.round((performance.now() - begin) * 1000) / 1000)
    return answer
  }
  const end = performance.now() + Number(line)
  while (performance.now() < end) {
    await timed(work.enqueue)
    const claimed = await timed(work.claim)
    if (claimed === undefined) throw new Error('a job of the bench is missing')
    await timed(() => work.complete(claimed))
  }
  say({ ms })
}
await work.close()
