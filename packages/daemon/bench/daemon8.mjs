import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connectDaemon, stopDaemon } from '@tmux-orchestrator/daemon'

const rounds = 7
const warmRounds = 3
const roundMs = 1_500
const clientCount = 8
/** After so long V8 has given back what starting took; from then on nothing happens but what the daemon does. */
const settleMs = 30_000
const idleMs = 20_000

/**
 * Eight processes that enqueue, claim and complete jobs with one call in flight each, through one daemon and, in turn, each with the
 * database open itself; both durable (FULL). Before that: what the daemon takes while it does nothing.
 */
export async function daemon8() {
  const root = mkdtempSync(join(tmpdir(), 'tmo-bench-'))
  const home = join(root, 'home')
  mkdirSync(home, { mode: 0o700 })
  const env = { PATH: process.env.PATH, HOME: root, TMUX_TMPDIR: process.env.TMUX_TMPDIR }
  const daemon = await connectDaemon({ home, start: true, env })
  const clients = []
  try {
    const idle = await measureIdle(daemon.daemon.pid)
    const through = await startClients('daemon', home)
    clients.push(...through)
    const direct = await startClients('direct', join(root, 'direct.db'))
    clients.push(...direct)
    // Until both are compiled as far as they will be.
    for (let round = 0; round < warmRounds; round += 1)
      for (const group of [through, direct]) await runRound(group)
    const seen = { ratios: [], opsPerCommit: [], fairness: [], p99: [], opsPerSecond: [] }
    for (let round = 0; round < rounds; round += 1) {
      const before = (await daemon.status()).counters
      const ours = await runRound(through)
      const after = (await daemon.status()).counters
      const theirs = await runRound(direct)
      const counts = ours.map((ms) => ms.length)
      seen.ratios.push(total(ours) / total(theirs))
      seen.opsPerSecond.push((total(ours) / roundMs) * 1000)
      seen.opsPerCommit.push((after.commands - before.commands) / (after.commits - before.commits))
      seen.fairness.push(Math.min(...counts) / Math.max(...counts))
      seen.p99.push(at(ours.flat(), 0.99))
    }
    const { loopDelayMs } = await daemon.status()
    return [
      figure('daemon8_vs_direct8', seen.ratios, 'ratio', 2, (value) => value >= 2),
      figure('daemon8_ops_s', seen.opsPerSecond, '1/s', null, () => null),
      figure('daemon8_ops_per_fsync', seen.opsPerCommit, 'ratio', 4, (value) => value >= 4),
      figure('daemon8_fairness', seen.fairness, 'ratio', 0.5, (value) => value >= 0.5),
      figure('daemon8_ack_p99_ms', seen.p99, 'ms', 50, (value) => value <= 50),
      figure('loop_delay_p99_ms', [loopDelayMs.p99], 'ms', 20, (value) => value <= 20),
      ...idle,
    ]
  } finally {
    for (const { child } of clients) child.stdin.end()
    await Promise.all(clients.map(({ exited }) => exited))
    await daemon.close()
    await stopDaemon(home)
    rmSync(root, { recursive: true, force: true })
  }
}

async function startClients(way, place) {
  const program = fileURLToPath(new URL('job-client.mjs', import.meta.url))
  const clients = Array.from({ length: clientCount }, () => {
    const child = spawn(process.execPath, [program, way, place], { stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    return { child, lines, exited: once(child, 'exit') }
  })
  await Promise.all(clients.map(({ lines }) => lines.next()))
  return clients
}

/** The latencies of each client's calls. */
async function runRound(clients) {
  for (const { child } of clients) child.stdin.write(`${roundMs}\n`)
  return await Promise.all(
    clients.map(async ({ lines }) => {
      const { value } = await lines.next()
      if (value === undefined) throw new Error('a client of the bench ended')
      return JSON.parse(value).ms
    }),
  )
}

/** Share of a core and memory of a daemon that has nothing to do. */
async function measureIdle(pid) {
  await delay(settleMs)
  const before = cpuMs(pid)
  const begin = performance.now()
  await delay(idleMs)
  const ratio = (cpuMs(pid) - before) / (performance.now() - begin)
  const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
  return [
    figure('idle_core_ratio', [ratio], 'ratio', 0.003, (value) => value <= 0.003),
    figure('idle_rss_mb', [rss], 'MB', 120, (value) => value <= 120),
  ]
}

/** Of all threads, in steps of 10 ms. */
function cpuMs(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

const total = (lists) => lists.reduce((sum, { length }) => sum + length, 0)

function at(values, share) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}

function figure(name, values, unit, target, isOk) {
  const value = Number(at(values, 0.5).toPrecision(3))
  const spread = value === 0 ? 0 : Number(((at(values, 0.9) - at(values, 0.1)) / value).toPrecision(3))
  return { name, value, unit, target, ok: isOk(value), samples: values.length, spread }
}
