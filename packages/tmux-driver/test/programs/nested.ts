import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tmux } from '../../src/index.ts'

/** Run in a pane of another server: opens a server of its own, and the one around it, and writes down what it found. */
const [directory = ''] = process.argv.slice(2)
const around = { path: (process.env['TMUX'] ?? '').split(',')[0] ?? '' }
const own = await Tmux.open({ socket: { path: join(directory, 'own') } })
const outer = await Tmux.open({ socket: around, start: false })
try {
  const script = 'printf "<%s %s>" "$TMUX" "$TMUX_PANE"; exec cat'
  const { pane } = await own.newSession({ name: 'inside', command: ['sh', '-c', script] })
  const { text } = await own.waitFor(pane, { text: '>' })
  const outerSessions = (await outer.list({ fields: ['sessionName'] })).map((row) => row.sessionName)
  const ownSessions = (await own.list({ fields: ['sessionName'] })).map((row) => row.sessionName)
  const { lines } = await own.raw(['show-environment', '-g'])
  const facts = {
    tmux: process.env['TMUX'],
    seen: text.slice(0, text.indexOf('>') + 1),
    pane,
    pids: [own.server.pid, outer.server.pid],
    outerSessions,
    ownSessions,
    inherited: lines.filter((line) => /^TMUX(_PANE)?=/.test(line)),
  }
  await writeFile(join(directory, 'facts.part'), JSON.stringify(facts))
  await own.killServer()
} finally {
  await own.close()
  await outer.close()
}
await writeFile(join(directory, 'done'), '')
