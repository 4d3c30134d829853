/**
 * What one command costs over the held connection, against one process per command (`execFile`), in one run on one
 * server: rounds of the two alternate, so that a change of the machine's load meets both.
 *
 * Run by itself: node bench/bench.mjs (after a build)
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { Tmux } from '../dist/index.js'

const run = promisify(execFile)
const rounds = 5
const counts = { exec: 100, sequential: 3000, pipelined: 60_000, panes: 50, pasteBytes: 50_000 }

/** @returns {Promise<{package: string, name: string, value: number, unit: string, target?: number, ok?: boolean, samples: number, spread: [number, number]}[]>} */
export async function bench() {
  const directory = await mkdtemp(join(tmpdir(), 'tmo-bench-'))
  const socket = { path: join(directory, 's') }
  const tmux = await Tmux.open({ socket })
  try {
    const session = await tmux.newSession({ name: 'bench', command: ['cat', '-'] })
    return [...(await commandRatios(tmux, socket.path)), ...(await captureRatio(tmux, socket.path, session))]
  } finally {
    await tmux.killServer()
    await tmux.close()
    await rm(directory, { recursive: true, force: true })
  }
}

async function commandRatios(tmux, path) {
  await rate(3000, () => ask(tmux))
  const exec = []
  const sequential = []
  const pipelined = []
  for (let round = 0; round < rounds; round += 1) {
    exec.push(await rate(counts.exec, () => run('tmux', ['-S', path, 'has-session', '-t', '=bench:'])))
    sequential.push(await rate(counts.sequential, () => ask(tmux)))
    pipelined.push(await rateAtOnce(counts.pipelined, () => ask(tmux)))
  }
  return [
    figure('exec_per_second', 'commands/s', exec),
    figure('sequential_per_second', 'commands/s', sequential),
    figure('pipelined_per_second', 'commands/s', pipelined),
    figure('sequential_vs_exec', 'ratio', ratios(sequential, exec), 30),
    figure('pipelined_vs_exec', 'ratio', ratios(pipelined, exec), 300),
  ]
}

async function captureRatio(tmux, path, { session }) {
  const specs = Array.from({ length: counts.panes }, () => ({ session, command: ['cat', '-'] }))
  await tmux.newWindows(specs)
  const panes = (await tmux.list({ fields: ['pane'] })).map((row) => row.pane)
  const exec = []
  const ours = []
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now()
    for (const pane of panes) await run('tmux', ['-S', path, 'capture-pane', '-p', '-t', pane])
    exec.push((panes.length * 1000) / (performance.now() - start))
    const again = performance.now()
    await Promise.all(panes.map((pane) => tmux.capture(pane)))
    ours.push((panes.length * 1000) / (performance.now() - again))
  }
  return [figure(`capture${counts.panes}_vs_exec`, 'ratio', ratios(ours, exec), 50)]
}

/** The same question as the process asks: is there a session of this name. */
const ask = (tmux) => tmux.hasSession('bench')

async function rate(count, action) {
  const start = performance.now()
  for (let n = 0; n < count; n += 1) await action()
  return (count * 1000) / (performance.now() - start)
}

async function rateAtOnce(count, action) {
  const start = performance.now()
  await Promise.all(Array.from({ length: count }, action))
  return (count * 1000) / (performance.now() - start)
}

const ratios = (ours, theirs) => ours.map((value, index) => value / theirs[index])

function figure(name, unit, samples, target) {
  const sorted = [...samples].sort((a, b) => a - b)
  const value = sorted[Math.floor(sorted.length / 2)]
  const goal = target === undefined ? {} : { target, ok: value >= target }
  return {
    package: 'tmux-driver',
    name,
    value,
    unit,
    ...goal,
    samples: samples.length,
    spread: [sorted[0], sorted.at(-1)],
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  console.log(JSON.stringify(await bench(), null, 2))
