/**
 * Delivers messages to agents as a daemon does that may be killed at any instant: what it begins and what became of it is
 * in a ledger, from which the next one goes on. Run with the path of a JSON file; see `Room` in ../lineup.ts.
 */
import { appendFileSync, existsSync, readFileSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Tmux } from '@tmux-orchestrator/tmux-driver'
import { adapterFor, deliver } from '../../dist/index.js'

const room = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const tmux = await openServer()
const settled = readSettled()
let lineup = new Map()
let lineupAt = -1

/** Who starts the server is another; it may be gone right now. */
async function openServer() {
  for (;;) {
    try {
      return await Tmux.open({ socket: { path: room.socket }, start: false })
    } catch (error) {
      if (error?.code !== 'NO_SERVER') throw error
      await sleep(100)
    }
  }
}

/** Messages that need nothing more, by the ledger. */
function readSettled() {
  const tokens = new Set()
  if (!existsSync(room.ledger)) return tokens
  for (const line of readFileSync(room.ledger, 'utf8').split('\n')) {
    if (line === '') continue
    const entry = JSON.parse(line)
    if (entry.isFinal) tokens.add(entry.token)
  }
  return tokens
}

function note(entry) {
  appendFileSync(room.ledger, `${JSON.stringify({ ...entry, at: Date.now(), by: process.pid })}\n`)
}

/** Where an agent is now: another pane, another process after each of its ends. */
function handleOf(name) {
  const changedAt = statSync(room.lineup).mtimeMs
  if (changedAt !== lineupAt) {
    lineup = new Map(JSON.parse(readFileSync(room.lineup, 'utf8')).map((agent) => [agent.name, agent.handle]))
    lineupAt = changedAt
  }
  return lineup.get(name)
}

async function serve({ name, prompt, messages }) {
  const adapter = adapterFor('sim', { simHome: room.simHome, simPrompt: prompt })
  for (const message of messages) if (!settled.has(message.token)) await settle(adapter, name, message)
}

async function settle(adapter, name, message) {
  const { token } = message
  const giveUpAt = performance.now() + room.patienceMs
  for (;;) {
    const handle = handleOf(name)
    note({ token, did: 'began' })
    const delivery = await attempt({ tmux, adapter, handle, message, timeoutMs: room.timeoutMs })
    const isLast = delivery.status !== 'submitted' && performance.now() > giveUpAt
    note({ token, did: 'ended', delivery, isFinal: delivery.status === 'submitted' || isLast })
    if (delivery.status === 'submitted' || isLast) return
    if (delivery.status === 'unknown') {
      const presence = await adapter.findToken({ ...handleOf(name), token })
      note({ token, did: 'asked', presence, isFinal: presence === 'present' })
      if (presence === 'present') return
    }
    await sleep(delivery.status === 'refused' ? 60 : 10)
  }
}

/** A server that is gone for a moment is a refusal; it comes back. */
async function attempt(options) {
  try {
    return await deliver(options)
  } catch (error) {
    if (error?.name !== 'TmuxError') throw error
    return { status: 'unknown', detail: `tmux: ${error.code}` }
  }
}

process.stdout.write('ready\n')
await Promise.all(room.agents.map(serve))
process.stdout.write('done\n')
await tmux.close()
