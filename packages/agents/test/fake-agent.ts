import { randomUUID } from 'node:crypto'
import { type PaneId, parsePaneId, TmuxError } from '@tmux-orchestrator/tmux-driver'
import {
  type Activity,
  type ActivityState,
  type AgentAdapter,
  type AgentHandle,
  type Delivery,
  deliver,
  formatMessage,
  type LaunchPlan,
  type PaneIo,
  type Presence,
  type ScreenReading,
} from '../src/index.ts'
import { builtInRules } from '../src/load-screen-rules.ts'
import { readScreen } from '../src/read-screen.ts'

type Row = Awaited<ReturnType<PaneIo['list']>>[number]

/** A prompt box in memory: both the pane and the adapter of an agent, with every moment open to a test. */
export class FakeAgent implements PaneIo {
  dead = false
  inMode = false
  command = 'node'
  state: ActivityState = 'idle'
  resetAt: number | undefined
  box = ''
  dialog: string | undefined
  /** Of the next looks, those that find no box, as while a program draws all anew. */
  hidden: boolean[] = []
  swallowEnters = 0
  recordsInput = true
  readable = true
  /** Shows what is pasted as a numbered placeholder. */
  folds = false
  numbering: string | undefined = 'counted'
  readonly pastes: string[] = []
  readonly pressed: string[] = []
  readonly transcript: string[] = []
  readonly #folded = new Map<string, string>()
  /** Runs after a paste, before anybody looks again. */
  afterPaste: () => void = () => undefined
  readonly handle: AgentHandle

  constructor(stateDir = '/') {
    const place = { cwd: '/', pane: parsePaneId('%7'), pid: process.pid }
    this.handle = { conversationId: randomUUID(), ...place, stateDir }
  }

  async list(): Promise<readonly Row[]> {
    const { pane } = this.handle
    return [{ pane, command: this.command, dead: this.dead, inMode: this.inMode, title: '' }]
  }

  async capture(_pane: PaneId): Promise<{ text: string; inMode: boolean; dead: boolean }> {
    return { text: this.draw(), inMode: this.inMode, dead: this.dead }
  }

  async paste(_pane: PaneId, text: string): Promise<void> {
    if (this.dead) throw new TmuxError('PANE_DEAD', 'dead')
    this.pastes.push(text)
    this.insert(text)
    this.afterPaste()
  }

  /** What comes into the box by a paste, ours or a human's. */
  insert(text: string, placeholder: string = this.#nextPlaceholder(text)): void {
    if (this.folds) this.#folded.set(placeholder, text)
    this.box += this.folds ? placeholder : text
  }

  #nextPlaceholder(text: string): string {
    return `[Pasted text #${this.#folded.size + 1} +${text.split('\n').length - 1} lines]`
  }

  async keys(_pane: PaneId, ...keys: readonly string[]): Promise<void> {
    this.pressed.push(...keys)
    if (this.swallowEnters > 0) {
      this.swallowEnters -= 1
      return
    }
    const whole = this.box.replace(/\[Pasted [^\]]*\]/g, (shown) => this.#folded.get(shown) ?? shown)
    if (this.recordsInput) this.transcript.push(whole)
    this.box = ''
  }

  adapter(proof: AgentAdapter['proof'] = 'transcript'): AgentAdapter {
    return {
      program: 'fake',
      proof,
      shells: [],
      detect: async () => ({ status: 'missing', hint: '' }),
      prepare: async (): Promise<LaunchPlan> => ({ argv: [], env: {}, briefed: 'none' }),
      activity: async () => this.activity(),
      conversation: async (): Promise<Presence> => 'present',
      findToken: async ({ token }) => this.presence(token),
      pasteNumbering: async () => this.numbering,
      readScreen: (screen): ScreenReading => readScreen(screen, builtInRules('sim')),
    }
  }

  private activity(): Activity {
    const base = { source: 'status-file', at: 0, others: [] } as const
    if (this.state === 'limited') {
      return { ...base, state: 'limited', ...(this.resetAt !== undefined && { resetAt: this.resetAt }) }
    }
    return this.state === 'error'
      ? { ...base, state: 'error', error: 'unknown' }
      : { ...base, state: this.state }
  }

  private presence(token: string): Presence {
    if (!this.readable) return 'unknown'
    return this.transcript.some((text) => text.includes(token)) ? 'present' : 'absent'
  }

  private draw(): string {
    if (this.dialog !== undefined)
      return `${this.dialog}\n Do you want to proceed?\n ❯ 1. Yes\n   2. No\n Esc to cancel`
    if (this.hidden.shift()) return 'word0 word1'
    const bar = '─'.repeat(60)
    const rows = this.box.split('\n').map((line, index) => `│ ${index === 0 ? '>' : ' '} ${line} │`)
    return [`╭${bar}╮`, ...rows, `╰${bar}╯`, '  idle'].join('\n')
  }
}

export const token = 'tmo-m-7f3a9c2e'

/** A message from `lead` under that token. */
export function send(
  agent: FakeAgent,
  text = 'please report',
  more: { timeoutMs?: number } = {},
): Promise<Delivery> {
  const message = { token, text: formatMessage({ token, from: 'lead', text }) }
  return deliver({
    tmux: agent,
    adapter: agent.adapter(),
    handle: agent.handle,
    message,
    timeoutMs: 400,
    ...more,
  })
}
