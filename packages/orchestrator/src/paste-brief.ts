import { readFile } from 'node:fs/promises'
import { deliver } from '@tmux-orchestrator/agents'
import type { Pass } from './act.ts'
import { briefPath } from './launch.ts'
import type { PaneSight } from './observe.ts'
import type { Runtime } from './runtime.ts'
import { describeError } from './runtime.ts'
import type { AgentRow } from './tables.ts'

const againMs = 300
/** A program that we cannot read is taken for ready when its screen has shown something and stood still, or after the longest wait. */
const still = { forMs: 500, lookMs: 100, mostMs: 5_000 } as const

/** Begins to paste the brief of a program that takes none on its command line; the passes go on beside it. */
export function startPasting(runtime: Runtime, pass: Pass, agent: AgentRow, pane: PaneSight): void {
  const { conversation_id: conversationId } = agent
  if (runtime.pastings.has(conversationId)) return
  runtime.pastings.add(conversationId)
  pasteBrief(runtime, pass, agent, pane)
    .catch((error: unknown) => {
      if (runtime.signal.aborted) return
      runtime.log({ level: 'error', event: 'brief:failed', agent: agent.name, error: describeError(error) })
    })
    .finally(() => runtime.pastings.delete(conversationId))
}

/**
 * Types the brief once its box is up. What is refused was not typed and is tried again until the brief's time is
 * over; whether it arrived is for the proof to say: the program's transcript, or its token in a report.
 */
async function pasteBrief(runtime: Runtime, pass: Pass, agent: AgentRow, pane: PaneSight): Promise<void> {
  const { orchestration } = pass.desired
  const { conversation_id: conversationId } = agent
  const token = pass.desired.conversations.find((row) => row.id === conversationId)?.token
  if (token === undefined) throw new TypeError(`${agent.name} has no conversation`)
  const text = await readFile(briefPath(runtime, agent), 'utf8')
  const until = runtime.now() + orchestration.brief_timeout_ms
  const isUnreadable = runtime.adapter(orchestration.program).proof === 'none'
  if (isUnreadable) await untilStill(runtime, pane, Math.min(until, runtime.now() + still.mostMs))
  while (runtime.now() < until && !runtime.signal.aborted) {
    await runtime.ledger.command('agent.pasting', { conversationId, owner: runtime.owner })
    const outcome = await deliver({
      tmux: await runtime.tmux(),
      adapter: runtime.adapter(orchestration.program),
      handle: {
        conversationId,
        cwd: agent.worktree,
        pane: pane.pane,
        pid: pane.pid,
        stateDir: runtime.folder(agent.orchestration_id, agent.name),
      },
      message: { token, text },
      signal: runtime.signal,
    })
    if (outcome.status !== 'refused') {
      runtime.log({ level: 'debug', event: 'brief:typed', agent: agent.name, status: outcome.status })
      return
    }
    await runtime.ledger.command('agent.pasting', { conversationId, owner: null })
    runtime.log({ level: 'debug', event: 'brief:refused', agent: agent.name, reason: outcome.reason })
    await new Promise((resolve) => setTimeout(resolve, againMs))
    if (outcome.reason === 'exited') return
  }
}

async function untilStill(runtime: Runtime, pane: PaneSight, until: number): Promise<void> {
  const tmux = await runtime.tmux()
  let shown = ''
  let since = runtime.now()
  while (runtime.now() < until && !runtime.signal.aborted) {
    const { text, dead } = await tmux.capture(pane.pane)
    if (dead) return
    if (text !== shown) since = runtime.now()
    shown = text
    if (text.trim() !== '' && runtime.now() - since >= still.forMs) return
    await new Promise((resolve) => setTimeout(resolve, still.lookMs))
  }
}
