import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ModelRequestRecord, ModelServer } from '@tmux-orchestrator/agent-sim/model'
import type { PaneId, SessionId, Tmux } from '@tmux-orchestrator/tmux-driver'
import {
  type Activity,
  type ActivityState,
  type AgentAdapter,
  type AgentHandle,
  type AnswerOutcome,
  answerPermission,
  closeLimitDialog,
  type Delivery,
  deliver,
  formatMessage,
  type LimitOutcome,
  type Message,
  type PaneIo,
  type PermissionAsk,
  type ScreenReading,
} from '../src/index.ts'

interface Parts {
  readonly tmux: Tmux
  readonly model: ModelServer
  readonly adapter: AgentAdapter
  readonly session: SessionId
  readonly handle: AgentHandle
}

/** On a machine under a load of twenty opencode was seen to take 52 s from a message to its request. */
const modelMs = 300_000

/** A real program in a pane. */
export class Agent {
  readonly handle: AgentHandle
  readonly pane: PaneId
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
    this.handle = parts.handle
    this.pane = parts.handle.pane
  }

  async activity(): Promise<Activity> {
    const { tmux, adapter } = this.#parts
    const rows = await tmux.list({ fields: ['pane', 'dead', 'title'] })
    const row = rows.find(({ pane }) => pane === this.pane)
    const look = { dead: row?.dead ?? true, title: row?.title ?? '', screen: () => this.#ansi() }
    return adapter.activity(this.handle, look)
  }

  /** Waits until it is in one of these states. */
  until(states: readonly ActivityState[], timeoutMs?: number): Promise<Activity> {
    return this.untilSo(({ state }) => states.includes(state), states.join(' or '), timeoutMs)
  }

  /** Waits for what is named. */
  async untilSo(isSo: (activity: Activity) => boolean, what: string, timeoutMs = 120_000): Promise<Activity> {
    let activity = await this.activity()
    await waitFor(
      () => `${what}, it is ${activity.state} (${activity.source}, ${activity.detail ?? '-'})`,
      async () => {
        activity = await this.activity()
        return isSo(activity)
      },
      { timeoutMs, describe: () => this.screen() },
    )
    return activity
  }

  /** Waits until tmux has seen the program's end too. */
  async untilDead(): Promise<void> {
    const rows = () => this.#parts.tmux.list({ fields: ['pane', 'dead'] })
    const isDead = async () => (await rows()).find(({ pane }) => pane === this.pane)?.dead ?? true
    await waitFor(() => 'the pane is dead', isDead)
  }

  send(text: string, more: { token?: string; tmux?: PaneIo; timeoutMs?: number } = {}): Promise<Delivery> {
    const message = messageOf(text, more.token)
    return this.deliver(message, more)
  }

  deliver(message: Message, more: { tmux?: PaneIo; timeoutMs?: number } = {}): Promise<Delivery> {
    const { tmux, adapter } = this.#parts
    const { timeoutMs = 30_000 } = more
    return deliver({ tmux: more.tmux ?? tmux, adapter, handle: this.handle, message, timeoutMs })
  }

  /** Delivers again while it is refused for a reason that passes. */
  async deliverPatiently(message: Message, timeoutMs = 90_000): Promise<Delivery> {
    const end = performance.now() + timeoutMs
    for (;;) {
      const delivery = await this.deliver(message)
      if (delivery.status !== 'refused' || performance.now() > end) return delivery
      await sleep(50)
    }
  }

  /** Delivers it, and says what stood on the screen when that was not possible. */
  async submit(message: Message): Promise<void> {
    const delivery = await this.deliverPatiently(message)
    if (delivery.status === 'submitted') return
    throw new Error(`${JSON.stringify(delivery)} for ${message.text.slice(0, 80)}\n${await this.screen()}`)
  }

  /** What it asks right now. */
  async permissions(): Promise<readonly PermissionAsk[]> {
    const { adapter } = this.#parts
    const asks = await adapter.permissions?.(this.handle, { dead: false, screen: () => this.#ansi() })
    return asks ?? []
  }

  answer(id: string, decision: 'allow' | 'deny' | 'pass', io?: PaneIo): Promise<AnswerOutcome> {
    const { tmux, adapter } = this.#parts
    return answerPermission({ tmux: io ?? tmux, adapter, handle: this.handle, id, answer: { decision } })
  }

  closeLimitDialog(io?: PaneIo): Promise<LimitOutcome> {
    const { tmux, adapter } = this.#parts
    return closeLimitDialog({ tmux: io ?? tmux, adapter, handle: this.handle })
  }

  async reading(): Promise<ScreenReading> {
    return this.#parts.adapter.readScreen(await this.#ansi())
  }

  /** Whether a dialog that asks for a permission stands on its screen. */
  async isAsking(): Promise<boolean> {
    const reading = await this.reading()
    return reading.kind === 'dialog' && reading.asks === 'permission'
  }

  /** The request that held the token where it was entered, when the model has it; `turn`: once it has spoken so often since. */
  atModel(token: string, turn = 0): Promise<ModelRequestRecord> {
    const isIt = (request: ModelRequestRecord): boolean =>
      request.purpose === 'turn' &&
      request.turn >= turn &&
      request.inputs.some((text) => text.includes(token))
    return this.#parts.model.waitForRequest(isIt, { timeoutMs: modelMs })
  }

  /** What the model was given of a message: one text, when all is well. What is asked again, or more of, counts once. */
  arrivals(token: string): readonly string[] {
    const asked = this.#parts.model.requests().filter(({ purpose, turn }) => purpose === 'turn' && turn === 0)
    return asked
      .filter((request, index) => !asked.slice(index + 1).some((later) => isSameAgain(request, later)))
      .flatMap(({ inputs }) => inputs)
      .filter((text) => text.includes(token))
  }

  /** What stands in its prompt box; empty when no box is on the screen. */
  async boxText(): Promise<string> {
    const reading = this.#parts.adapter.readScreen(await this.#ansi())
    return reading.kind === 'prompt' ? reading.box : ''
  }

  async screen(): Promise<string> {
    return (await this.#parts.tmux.capture(this.pane, { lines: 200 })).text
  }

  /** Ends it as a lack of memory does: without a last word, and all of it. */
  crash(): void {
    process.kill(-this.handle.pid, 'SIGKILL')
  }

  /** Removes its pane, which it hears of. */
  async kill(): Promise<void> {
    await this.#parts.tmux.killSession(this.#parts.session)
  }

  async #ansi(): Promise<string> {
    return (await this.#parts.tmux.capture(this.pane, { attributes: true })).text
  }
}

/** Codex breaks a turn off for what was entered meanwhile, and asks again with both. */
function isSameAgain(request: ModelRequestRecord, later: ModelRequestRecord): boolean {
  const isLonger = later.inputs.length > request.inputs.length
  const isAnswered = request.outcome.kind === 'answered' && request.outcome.status === 200
  return (isLonger || !isAnswered) && request.inputs.every((text, index) => later.inputs[index] === text)
}

export function newToken(kind = 'm'): string {
  return `tmo-${kind}-${randomUUID().slice(0, 8)}`
}

export function messageOf(text: string, token: string = newToken()): Message {
  return { token, text: formatMessage({ token, from: 'lead', text }) }
}

/** Waits for a condition. */
export async function waitFor(
  what: () => string,
  isSo: () => Promise<boolean> | boolean,
  options: { timeoutMs?: number; describe?: () => Promise<string> } = {},
): Promise<void> {
  const end = performance.now() + (options.timeoutMs ?? 60_000)
  while (!(await isSo())) {
    if (performance.now() > end) {
      const seen = options.describe ? `\n${(await options.describe()).trimEnd()}` : ''
      throw new Error(`waited in vain for ${what()}${seen}`)
    }
    await sleep(30)
  }
}
