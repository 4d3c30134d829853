import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { claimJobs, enqueueJob, openStore } from '../dist/index.js'

const samples = 100

/** From the beginning of another process's insert until it is claimed here, by a watch of the store. */
export async function wakeUp() {
  const folder = mkdtempSync(join(tmpdir(), 'tmo-bench-'))
  const url = join(folder, 'wake.db')
  const store = await openStore({ url, durability: 'fast' })
  const writer = spawn(process.execPath, [fileURLToPath(import.meta.url), url], {
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  try {
    const ms = []
    let arrived = () => undefined
    await store.watch(async () => {
      const now = Date.now()
      const options = { queue: 'q', kinds: ['k'], owner: 'bench', leaseMs: 30_000, limit: 10, now }
      for (const job of await store.transaction((tx) => claimJobs(tx, options))) {
        ms.push(performance.timeOrigin + performance.now() - job.payload.at)
        arrived()
      }
    })
    while (ms.length < samples) {
      const arrival = new Promise((resolve) => {
        arrived = resolve
      })
      writer.stdin.write('go\n')
      await arrival
    }
    const sorted = ms.toSorted((a, b) => a - b)
    const at = (ratio) => Number(sorted[Math.floor(samples * ratio)].toPrecision(3))
    const spread = Number(((at(0.9) - at(0.1)) / at(0.5)).toPrecision(3))
    const base = { package: 'scheduler-db', unit: 'ms', samples, spread }
    return [
      { ...base, name: 'wakeup_p50_ms', value: at(0.5), target: 2, ok: at(0.5) <= 2 },
      { ...base, name: 'wakeup_p99_ms', value: at(0.99), target: null, ok: true },
    ]
  } finally {
    writer.stdin.end()
    await once(writer, 'exit')
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The other process: one insert for each line that it is given; the instant in it is that of the insert's beginning. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const store = await openStore({ url: process.argv[2], durability: 'fast' })
  for await (const _ of process.stdin) {
    const at = performance.timeOrigin + performance.now()
    await store.transaction((tx) =>
      enqueueJob(tx, { queue: 'q', kind: 'k', payload: { at } }, { now: Date.now() }),
    )
  }
  await store.close()
}
