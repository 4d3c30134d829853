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
const still = { forMs: 500, lookMs: 100, mostMs: 30_000 } as const

/** Begins to paste the brief of a program that takes none on its command line; the passes go on beside it. */
export function startPasting(runtime: Runtime, pass: Pass, agent: AgentRow, pane: PaneSight): void {
  const { conversation_id: conversationId } = agent
  if (runtime.pastings.has(conversationId)) return
  const pasting = pasteBrief(runtime, pass, agent, pane)
    .catch(async (error: unknown) => {
      if (runtime.signal.aborted) return
      runtime.log({ level: 'error', event: 'brief:failed', agent: agent.name, error: describeError(error) })
      await pause()
    })
    .finally(() => {
      runtime.pastings.delete(conversationId)
      runtime.wake({ id: agent.orchestration_id })
    })
  runtime.pastings.set(conversationId, pasting)
}

/**
 * Types the brief once its box is up. What is refused was not typed and is tried again until the brief's time is
 * over; whether it arrived is for the proof to say: the program's transcript, or its token in a report.
 */
async function pasteBrief(runtime: Runtime, pass: Pass, agent: AgentRow, pane: PaneSight): Promise<void> {
  const { orchestration, conversations } = pass.desired
  const conversation = conversations.find((row) => row.id === agent.conversation_id)
  if (!conversation) throw new TypeError(`${agent.name} has no conversation`)
  const adapter = runtime.adapter(orchestration.program)
  const text = await readFile(briefPath(runtime, agent), 'utf8')
  const until = performance.now() + orchestration.brief_timeout_ms
  if (adapter.proof === 'none')
    await untilStill(runtime, pane, Math.min(still.mostMs, orchestration.brief_timeout_ms / 2))
  const mark = async (state: 'begun' | 'typed' | 'not-typed'): Promise<void> => {
    await runtime.ledger.command('agent.pasting', {
      conversationId: conversation.id,
      launch: conversation.launches,
      owner: runtime.owner,
      state,
    })
  }
  while (performance.now() < until && !runtime.signal.aborted) {
    const tmux = await runtime.tmux()
    await mark('begun')
    const outcome = await deliver({
      tmux,
      adapter,
      handle: {
        conversationId: conversation.id,
        cwd: agent.worktree,
        pane: pane.pane,
        pid: pane.pid,
        stateDir: runtime.folder(agent.orchestration_id, agent.name),
      },
      message: { token: conversation.token, text },
      signal: runtime.signal,
    })
    if (outcome.status !== 'refused') {
      runtime.log({ level: 'debug', event: 'brief:typed', agent: agent.name, status: outcome.status })
      await mark('typed')
      return
    }
    await mark('not-typed')
    runtime.log({ level: 'debug', event: 'brief:refused', agent: agent.name, reason: outcome.reason })
    await pause()
    if (outcome.reason === 'exited' || outcome.reason === 'dead-pane') return
  }
}

async function untilStill(runtime: Runtime, pane: PaneSight, mostMs: number): Promise<void> {
  const tmux = await runtime.tmux()
  const until = performance.now() + mostMs
  let shown = ''
  let since = performance.now()
  while (performance.now() < until && !runtime.signal.aborted) {
    const { text, dead } = await tmux.capture(pane.pane)
    if (dead) return
    if (text !== shown) since = performance.now()
    shown = text
    if (text.trim() !== '' && performance.now() - since >= still.forMs) return
    await new Promise((resolve) => setTimeout(resolve, still.lookMs))
  }
}

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, againMs))
}
