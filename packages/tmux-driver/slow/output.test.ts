import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { OutputEvent, PaneId, Tmux } from '../src/index.ts'
import { temporaryServer } from '../src/testing.ts'
import { isMissing, tmuxPrograms } from './tmux-programs.ts'

const isSlice = process.env['TMO_SLICE'] !== undefined
const panesCount = isSlice ? 40 : 200
const bytesPerPane = isSlice ? 100_000 : 500_000
const line = 'a line of output that is about as long as such lines are'
const lines = Math.ceil(bytesPerPane / (line.length + 9))
const mebibyte = 1024 * 1024

/** Prints so many lines once it is told to, then its last word. */
const script = `stty -echo; printf READY; read -r _; i=0
while [ $i -lt ${lines} ]; do i=$((i+1)); echo "$i ${line}"; done; echo END; exec cat`

/** What a pane said last: its newest screen, and the bytes since. */
class Pane {
  text = ''
  bytes = 0
  gaps = 0
}

function note(panes: Map<PaneId, Pane>, event: OutputEvent): void {
  if (!('pane' in event)) return
  const pane = panes.get(event.pane) ?? new Pane()
  panes.set(event.pane, pane)
  if (event.type === 'screen') pane.text = event.screen.text.trimEnd()
  if (event.type === 'missed') pane.gaps += 1
  if (event.type !== 'bytes') return
  pane.bytes += event.bytes.length
  pane.text = `${pane.text}${Buffer.from(event.bytes)}`.slice(-200)
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

async function startPanes(tmux: Tmux): Promise<readonly PaneId[]> {
  const { session, pane } = await tmux.newSession({ name: 'flood', command: ['sh', '-c', script] })
  const specs = Array.from({ length: panesCount - 1 }, () => ({ session, command: ['sh', '-c', script] }))
  const made = await tmux.newWindows(specs)
  return [pane, ...made.flatMap((one) => (one.status === 'created' ? [one.pane] : []))]
}

describe.runIf(process.platform === 'linux').for(tmuxPrograms)('with $name', ({ tmux: program }) => {
  it.skipIf(isMissing(program))(
    `${panesCount} panes that write ${bytesPerPane} bytes each: memory stays bounded, commands are answered, and who takes slowly is told`,
    async () => {
      await using server = await temporaryServer({ tmux: program, historyLimit: 100, timeoutMs: 60_000 })
      const { tmux } = server
      const panes = await startPanes(tmux)
      expect(panes).toHaveLength(panesCount)
      for (const pane of panes) await tmux.waitFor(pane, { text: 'READY' }, { timeoutMs: 60_000 })
      const stop = new AbortController()
      const [quick, slow] = [new Map<PaneId, Pane>(), new Map<PaneId, Pane>()]
      let letGo: () => void = () => undefined
      const gate = new Promise<void>((resolve) => {
        letGo = resolve
      })
      const take = async (into: Map<PaneId, Pane>, wait?: Promise<void>): Promise<void> => {
        for await (const event of tmux.output('all', { signal: stop.signal })) {
          note(into, event)
          if (into.size === panesCount) await wait
        }
      }
      const taking = [take(quick), take(slow, gate)].map((one) => one.catch(() => undefined))
      await expect.poll(() => [quick.size, slow.size], { timeout: 60_000 }).toEqual([panesCount, panesCount])

      const before = { own: process.memoryUsage().rss, server: await residentBytes(tmux.server.pid) }
      const most = { own: 0, server: 0 }
      let [answers, slowestMs, isOver] = [0, 0, false]
      const asking = (async () => {
        while (!isOver) {
          const at = performance.now()
          expect((await tmux.raw(['display-message', '-p', String(answers)])).lines).toEqual([
            String(answers),
          ])
          slowestMs = Math.max(slowestMs, performance.now() - at)
          answers += 1
          most.own = Math.max(most.own, process.memoryUsage().rss - before.own)
          most.server = Math.max(most.server, (await residentBytes(tmux.server.pid)) - before.server)
        }
      })()
      for (const pane of panes) await tmux.keys(pane, 'Enter')
      const ended = (of: Map<PaneId, Pane>): number =>
        [...of.values()].filter(({ text }) => /\bEND\s*$/.test(text)).length
      await expect.poll(() => ended(quick), { timeout: 600_000, interval: 200 }).toBe(panesCount)
      isOver = true
      await asking
      letGo()
      await expect.poll(() => ended(slow), { timeout: 120_000, interval: 200 }).toBe(panesCount)
      stop.abort()
      await Promise.all(taking)

      const gaps = (of: Map<PaneId, Pane>): number =>
        [...of.values()].reduce((sum, pane) => sum + pane.gaps, 0)
      const taken = (of: Map<PaneId, Pane>): number =>
        [...of.values()].reduce((sum, pane) => sum + pane.bytes, 0)
      console.log(
        JSON.stringify({
          tmux: tmux.version.text,
          ownMiB: Math.round(most.own / mebibyte),
          serverMiB: Math.round(most.server / mebibyte),
          answers,
          slowestMs: Math.round(slowestMs),
          quick: { gaps: gaps(quick), bytes: taken(quick) },
          slow: { gaps: gaps(slow), bytes: taken(slow) },
        }),
      )
      // Each pane of the slow one was caught up with by a gap that was told, and what waited was never more than its buffer.
      expect(gaps(slow)).toBeGreaterThan(0)
      expect(taken(slow)).toBeLessThan(4 * mebibyte)
      expect(most.own).toBeLessThan(128 * mebibyte)
      expect(most.server).toBeLessThan(400 * mebibyte)
      expect(answers).toBeGreaterThan(20)
    },
  )
})
