import { readFileSync } from 'node:fs'
import { Tmux } from '../../src/index.ts'

/**
 * Fills 500 panes with 2,000 lines each, looks at all of them several times and at some whole histories, and tells what this
 * process grew by meanwhile: the driver's part, with what it hands to its caller.
 */
const [path = '', tmuxProgram = 'tmux'] = process.argv.slice(2)
const panes = 500
const lines = 2000
const tmux = await Tmux.open({ socket: { path }, tmux: tmuxProgram, timeoutMs: 120_000 })
const rss = (): number => process.memoryUsage().rss
const serverRss = (): number => {
  const status = readFileSync(`/proc/${tmux.server.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}
try {
  const before = rss()
  let peak = before
  const sampling = setInterval(() => {
    peak = Math.max(peak, rss())
  }, 20)
  const script = `i=0; while [ $i -lt ${lines} ]; do printf "line %04d %60s\n" $i "as long as what an agent prints often is, 70 columns"; i=$((i+1)); done; echo FULL; exec cat`
  const command = ['sh', '-c', script]
  const { session, pane: first } = await tmux.newSession({
    name: 'many',
    size: { cols: 200, rows: 50 },
    command,
  })
  const specs = Array.from({ length: panes - 1 }, () => ({ session, command }))
  const outcomes = await tmux.newWindows(specs)
  const made = [first, ...outcomes.flatMap((one) => (one.status === 'created' ? [one.pane] : []))]
  for (const pane of made) await tmux.waitFor(pane, { text: 'FULL' }, { timeoutMs: 300_000 })
  const serverBytes = serverRss()

  let histories = 0
  for (const pane of made.slice(0, 25)) {
    const screen = await tmux.capture(pane, { lines: 'all' })
    histories += screen.lines.filter((line) => line.startsWith('line ')).length
  }
  let rounds = 0
  let captured = 0
  const timesMs: number[] = []
  for (; rounds < 5; rounds += 1) {
    const startedAt = performance.now()
    const rows = await tmux.list({ fields: ['pane', 'dead', 'command', 'historySize', 'cursorX'] })
    const all = await tmux.captureMany('all')
    captured += all.filter((one) => one.status === 'captured' && one.screen.text.includes('FULL')).length
    timesMs.push(performance.now() - startedAt)
    if (rows.length !== panes) throw new Error(`${rows.length} panes listed`)
  }
  const stop = new AbortController()
  let seen = 0
  for await (const event of tmux.watch({ intervalMs: 20, signal: stop.signal })) {
    if (event.type === 'added') seen += 1
    if (seen === panes) break
  }
  clearInterval(sampling)
  peak = Math.max(peak, rss())
  const [median = 0] = timesMs.toSorted((a, b) => a - b).slice(Math.floor(timesMs.length / 2))
  const facts = {
    serverBytes,
    serverAfterwardsBytes: serverRss(),
    made: made.length,
    histories,
    captured,
    seen,
    lookMs: Math.round(median),
    grownBytes: rss() - before,
    peakBytes: peak - before,
  }
  process.stdout.write(JSON.stringify(facts))
} finally {
  await tmux.close()
}
