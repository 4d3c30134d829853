import { Tmux } from '../../src/index.ts'

/**
 * Fills 500 panes with 2,000 lines each and looks at all of them in every way, and tells what this process grew by meanwhile: the
 * driver's part, with what it hands to its caller.
 */
const [path = '', tmuxProgram = 'tmux'] = process.argv.slice(2)
const panes = 500
const lines = 2000
const tmux = await Tmux.open({ socket: { path }, tmux: tmuxProgram, timeoutMs: 120_000 })
const rss = (): number => process.memoryUsage().rss
try {
  const before = rss()
  let peak = before
  const sampling = setInterval(() => {
    peak = Math.max(peak, rss())
  }, 20)
  const script = `i=0; while [ $i -lt ${lines} ]; do echo "line $i of what an agent prints, as long as such a line is, more or less"; i=$((i+1)); done; echo FULL; exec cat`
  const command = ['sh', '-c', script]
  const { session, pane: first } = await tmux.newSession({ name: 'many', command })
  const specs = Array.from({ length: panes - 1 }, () => ({ session, command }))
  const outcomes = await tmux.newWindows(specs)
  const made = [first, ...outcomes.flatMap((one) => (one.status === 'created' ? [one.pane] : []))]
  for (const pane of made) await tmux.waitFor(pane, { text: 'FULL' }, { timeoutMs: 300_000 })

  let histories = 0
  for (const pane of made) {
    const screen = await tmux.capture(pane, { lines: 'all' })
    histories += screen.lines.filter((line) => line.startsWith('line ')).length
  }
  let rounds = 0
  let captured = 0
  const timesMs: number[] = []
  for (; rounds < 20; rounds += 1) {
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
    serverPid: tmux.server.pid,
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
