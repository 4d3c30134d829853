/**
 * What the held connection costs against one process per command (`execFile`), against the same bytes written raw, and against tmux's own
 * commands for the same; in one run on one server, in turn, so that a change of the machine's load meets both sides.
 *
 * Run by itself: node bench/bench.mjs (after a build)
 */
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { Tmux } from '../dist/index.js'

const run = promisify(execFile)
const rounds = 9
const counts = {
  exec: 100,
  sequential: 3000,
  pipelined: 60_000,
  warm: 12_000,
  batch: 4000,
  panes: 200,
  pasteBytes: 1_000_000,
}
const idle = { seconds: 10, rounds: 3 }
const clockTicksPerSecond = 100

/** @returns {Promise<{package: string, name: string, value: number, unit: string, target?: number, ok?: boolean, samples: number, spread: [number, number]}[]>} */
export async function bench() {
  return [...(await commandRatios()), ...(await pasteRatio()), ...(await paneRatios())]
}

/** A server of its own for each part, so that none pays for what another left. */
async function onServer(measure) {
  const directory = await mkdtemp(join(tmpdir(), 'tmo-bench-'))
  const path = join(directory, 's')
  const tmux = await Tmux.open({ socket: { path } })
  try {
    const session = await tmux.newSession({ name: 'bench', command: ['cat', '-'] })
    return await measure({
      tmux,
      path,
      directory,
      exec: (...argv) => run('tmux', ['-S', path, ...argv]),
      ...session,
    })
  } finally {
    await tmux.killServer()
    await tmux.close()
    await rm(directory, { recursive: true, force: true })
  }
}

/** `display-message -p x` in every way. */
const commandRatios = () =>
  onServer(async ({ tmux, path, exec }) => {
    const ask = () => tmux.raw(['display-message', '-p', 'x'])
    const floor = openFloor(path)
    await rate(3000, ask)
    await floor.rate(3000)
    const samples = { exec: [], sequential: [], pipelined: [], floor: [] }
    for (let round = 0; round < rounds; round += 1) {
      samples.exec.push(await rate(counts.exec, () => exec('display-message', '-p', 'x')))
      samples.sequential.push(await rate(counts.sequential, ask))
      // Either may go first: the second finds the server's memory grown. Both begin warm: while the round was slow, Node gave back its heap.
      const steps = [
        async () => {
          await rateAtOnce(counts.warm, ask)
          samples.pipelined.push(await rateAtOnce(counts.pipelined, ask))
        },
        async () => {
          await floor.rate(counts.warm)
          samples.floor.push(await floor.rate(counts.pipelined))
        },
      ]
      for (const step of round % 2 === 0 ? steps : steps.reverse()) await step()
    }
    await floor.close()
    const { exec: execs, sequential, pipelined } = samples
    return [
      figure('exec_per_second', 'commands/s', execs),
      figure('sequential_per_second', 'commands/s', sequential),
      figure('pipelined_per_second', 'commands/s', pipelined),
      figure('floor_per_second', 'commands/s', samples.floor),
      figure('sequential_vs_exec', 'ratio', ratios(sequential, execs), { atLeast: 30 }),
      figure('pipelined_vs_exec', 'ratio', ratios(pipelined, execs), { atLeast: 250 }),
      figure('pipelined_vs_floor', 'ratio', ratios(pipelined, samples.floor), { atLeast: 0.85 }),
    ]
  })

/** A bare client: the same bytes in one write, ends counted, nothing parsed. */
function openFloor(path) {
  const child = spawn(
    'tmux',
    ['-u', '-S', path, '-C', 'new-session', '-s', 'floor', '-f', 'no-output,ignore-size', 'cat'],
    {
      stdio: 'pipe',
    },
  )
  const end = Buffer.from('%end ')
  let counted = 0
  let rest = Buffer.alloc(0)
  let reached = () => undefined
  let wanted = Number.POSITIVE_INFINITY
  child.stdout.on('data', (chunk) => {
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (let at = data.indexOf(end); at >= 0; at = data.indexOf(end, at + end.length)) counted += 1
    rest = Buffer.from(data.subarray(data.length - end.length + 1))
    if (counted >= wanted) reached()
  })
  return {
    rate: (count) =>
      rateInBatches(count, async (batch) => {
        wanted = counted + batch
        const done = new Promise((resolve) => {
          reached = resolve
        })
        child.stdin.write('display-message -p x\n'.repeat(batch))
        await done
      }),
    async close() {
      const ended = new Promise((resolve) => child.once('close', resolve))
      child.stdin.end()
      await ended
    },
  }
}

/** Until a reader of raw bytes has all of a megabyte: `paste()`, and tmux's own two commands. */
const pasteRatio = () =>
  onServer(async ({ tmux, session, directory, exec }) => {
    const received = join(directory, 'received')
    const file = join(directory, 'text')
    const text = 'line of text\n'.repeat(counts.pasteBytes / 13).padEnd(counts.pasteBytes, 'x')
    await writeFile(file, text)
    const script = 'stty raw -echo; printf READY; exec cat >>"$0"'
    const { pane } = await tmux.newWindow({ session, command: ['sh', '-c', script, received] })
    await tmux.waitFor(pane, { text: 'READY' })
    let size = 0
    const arrived = async (step) => {
      size += counts.pasteBytes
      const start = performance.now()
      await step()
      while ((await stat(received)).size < size) await new Promise((resolve) => setImmediate(resolve))
      return performance.now() - start
    }
    const samples = { ours: [], theirs: [] }
    for (let round = 0; round < rounds * 2; round += 1) {
      samples.ours.push(await arrived(() => tmux.paste(pane, text)))
      samples.theirs.push(
        await arrived(async () => {
          await exec('load-buffer', '-b', 'raw', file)
          await exec('paste-buffer', '-d', '-r', '-b', 'raw', '-t', pane)
        }),
      )
    }
    return [
      figure('paste1mb_ms', 'ms', samples.ours),
      figure('paste1mb_vs_load_buffer', 'ratio', ratios(samples.ours, samples.theirs), { atMost: 1.3 }),
    ]
  })

const paneRatios = () =>
  onServer(async ({ tmux, session, exec }) => {
    const specs = Array.from({ length: counts.panes }, () => ({ session, command: ['cat', '-'] }))
    const making = { ours: [], theirs: [] }
    for (let round = 0; round < 3; round += 1) {
      await endWindows(tmux)
      making.theirs.push(
        await time(async () => {
          for (const { command } of specs) await exec('new-window', '-d', '-t', `${session}:`, ...command)
        }),
      )
      await endWindows(tmux)
      making.ours.push(await time(() => tmux.newWindows(specs)))
    }
    const panes = (await tmux.list({ fields: ['pane'] })).map((row) => row.pane)
    const captures = { ours: [], theirs: [] }
    for (let round = 0; round < rounds; round += 1) {
      captures.theirs.push(
        await time(async () => {
          for (const pane of panes) await exec('capture-pane', '-p', '-t', pane)
        }),
      )
      captures.ours.push(await time(() => tmux.captureMany(panes)))
    }
    return [
      figure('windows200_vs_exec', 'ratio', ratios(making.theirs, making.ours), { atLeast: 2 }),
      figure('capture200_vs_exec', 'ratio', ratios(captures.theirs, captures.ours), { atLeast: 50 }),
      figure('idle200_core_ratio', 'cores', await watchIdly(tmux), { atMost: 0.02 }),
    ]
  })

/** All but the first; a few at a time, as the server does nothing else meanwhile. */
async function endWindows(tmux) {
  const [, ...windows] = (await tmux.list({ fields: ['window'] })).map((row) => row.window)
  for (const window of windows) await tmux.killWindow(window)
}

/** Share of a core that server and driver take together while all panes are watched and nothing happens. */
async function watchIdly(tmux) {
  const stop = new AbortController()
  const watching = (async () => {
    for await (const _ of tmux.watch({ signal: stop.signal }));
  })().catch(() => undefined)
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const samples = []
  for (let round = 0; round < idle.rounds; round += 1) {
    const before = { own: process.cpuUsage(), server: await serverSeconds(tmux) }
    await new Promise((resolve) => setTimeout(resolve, idle.seconds * 1000))
    const own = process.cpuUsage(before.own)
    const server = (await serverSeconds(tmux)) - before.server
    samples.push((server + (own.user + own.system) / 1e6) / idle.seconds)
  }
  stop.abort()
  await watching
  return samples
}

async function serverSeconds(tmux) {
  const text = await readFile(`/proc/${tmux.server.pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond
}

async function rate(count, action) {
  const ms = await time(async () => {
    for (let n = 0; n < count; n += 1) await action()
  })
  return (count * 1000) / ms
}

/** Batch after batch, each as many as anybody holds promises of. */
async function rateAtOnce(count, action) {
  return await rateInBatches(count, (batch) => Promise.all(Array.from({ length: batch }, action)))
}

async function rateInBatches(count, run) {
  const ms = await time(async () => {
    for (let left = count; left > 0; left -= counts.batch) await run(Math.min(left, counts.batch))
  })
  return (count * 1000) / ms
}

async function time(action) {
  const start = performance.now()
  await action()
  return performance.now() - start
}

const ratios = (ours, theirs) => ours.map((value, index) => value / theirs[index])

function figure(name, unit, samples, { atLeast, atMost } = {}) {
  const sorted = [...samples].sort((a, b) => a - b)
  const value = sorted[Math.floor(sorted.length / 2)]
  const target = atLeast ?? atMost
  const goal =
    target === undefined ? {} : { target, ok: atLeast === undefined ? value <= target : value >= target }
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
