import { isTmuxError } from '@tmux-orchestrator/tmux-driver'
import type { Activity, Limited, Signal } from './activity.ts'
import type { AgentAdapter, AgentHandle } from './adapter.ts'
import type { PaneIo, RefusalReason } from './delivery.ts'
import type { ScreenReading } from './screen.ts'

export interface Refusal {
  readonly status: 'refused'
  readonly reason: RefusalReason
  readonly detail?: string
}

export type Inspection =
  | Refusal
  | {
      readonly status: 'open'
      readonly screen: ScreenReading
      /** The screen itself, and where its cursor stood. */
      readonly text: string
      readonly cursor?: { readonly x: number; readonly y: number }
      /** When the agent came into the state that it is in, epoch milliseconds. */
      readonly changedAt: number
    }

export interface InspectionOptions {
  readonly tmux: PaneIo
  readonly adapter: AgentAdapter
  readonly handle: AgentHandle
  /** Before the first byte: a program that hides what is queued is not given more while it works. */
  readonly isFirst?: boolean
  /** No key is to be pressed, so that it is of no matter where keys would go. */
  readonly isKeyless?: boolean
}

const blank = 'the screen is empty'
const noBox = 'no prompt box is on the screen'
const atWork = 'it works, and would not show a message until its turn is over'
const fields = ['pane', 'command', 'dead', 'inMode', 'title'] as const
const shell = /^-?(ba|z|fi|da|k|mk|tc|c|a)?sh$|^(nu|pwsh|xonsh|elvish)$/

/**
 * Looks at a pane right before something is typed: the pane, the agent's own word, and the screen must all agree that
 * a prompt box takes text. Every doubt is a refusal.
 */
export async function inspectPane(options: InspectionOptions): Promise<Inspection> {
  try {
    const agent = await inspectAgent(options)
    return 'status' in agent ? agent : await inspectScreen(options, agent.at)
  } catch (error) {
    return failedProbe(error)
  }
}

/** What a tmux failure before any typing means. What is no tmux failure is thrown on. */
export function failedProbe(error: unknown): Refusal {
  if (!isTmuxError(error)) throw error
  if (error.code === 'PANE_DEAD') return refuse('dead-pane')
  if (error.code === 'NO_SUCH_TARGET') return refuse('dead-pane', 'there is no such pane')
  if (error.code === 'PANE_IN_MODE') return refuse('copy-mode')
  return refuse('unknown-state', `tmux: ${error.code}: ${error.message}`)
}

/** Whether the pane and the agent's own word allow a message; its screen is not asked. */
export async function inspectAgent(options: InspectionOptions): Promise<Refusal | Activity> {
  const { tmux, adapter, handle } = options
  const watched = await adapter.watchedOnly?.(handle)
  if (watched !== undefined) return refuse('unknown-version', watched)
  const row = (await tmux.list({ fields })).find((candidate) => candidate.pane === handle.pane)
  if (!row) return refuse('dead-pane', 'there is no such pane')
  if (row.dead) return refuse('dead-pane')
  if (row.inMode && !options.isKeyless) return refuse('copy-mode')
  const name = row.command.replace(/^-/, '')
  if (shell.test(name) && !adapter.shells.includes(name))
    return refuse('unknown-state', `shell: ${name} has the pane`)
  const look = { dead: row.dead, title: row.title, screen: () => captureScreen(options) }
  const activity = await adapter.activity(handle, look)
  if (options.isFirst && adapter.showsQueued === false && activity.state === 'working') {
    const isOver = activity.others.some(({ state }) => state === 'idle')
    if (!isOver) return refuse('busy', atWork)
  }
  return refusalOf(adapter, activity) ?? activity
}

async function inspectScreen(options: InspectionOptions, changedAt: number): Promise<Inspection> {
  const { adapter, handle, tmux } = options
  const { text, inMode, dead, cursor } = await tmux.capture(handle.pane, { attributes: true })
  if (dead) return refuse('dead-pane')
  if (inMode) return refuse('copy-mode')
  const screen = adapter.readScreen(text)
  if (screen.kind === 'dialog') return refuse('dialog', screen.title)
  if (adapter.proof === 'none' || screen.kind === 'prompt') {
    return { status: 'open', screen, text, changedAt, ...(cursor && { cursor }) }
  }
  return screen.kind === 'blank' ? refuse('starting', blank) : refuse('unknown-state', noBox)
}

/** Whether a refusal comes from the drawing of the box alone, so that a moment later it may be gone. */
export function isPassing(refusal: Refusal): boolean {
  return refusal.reason === 'draft' || refusal.detail === noBox || refusal.detail === blank
}

/** Whether a message is kept out only by the turn that its agent is in. */
export function isAtWork(refusal: Refusal): boolean {
  return refusal.reason === 'busy' && refusal.detail === atWork
}

async function captureScreen({ tmux, handle }: InspectionOptions): Promise<string> {
  return (await tmux.capture(handle.pane, { attributes: true })).text
}

function refusalOf(adapter: AgentAdapter, activity: Activity): Refusal | undefined {
  switch (activity.state) {
    case 'exited':
      return refuse('exited')
    case 'starting':
      return refuse('starting', activity.detail)
    case 'blocked-permission':
    case 'waiting-input':
      return refuse('dialog', activity.detail)
    case 'limited':
      if (isLimited(activity)) return refuse('busy', 'it waits for its limit to end')
      return activity.others.some(isQuestion) ? refuse('dialog', 'its question about the limit') : undefined
    case 'unknown':
      return adapter.proof === 'none' ? undefined : refuse('unknown-state', activity.detail)
    default:
      return undefined
  }
}

function isLimited(activity: Limited): boolean {
  return activity.resetAt === undefined || activity.resetAt > Date.now()
}

/** A limit may come with a question that is still open when it has ended. */
function isQuestion({ state, source }: Signal): boolean {
  return source === 'status-file' && (state === 'waiting-input' || state === 'blocked-permission')
}

function refuse(reason: RefusalReason, detail?: string): Refusal {
  return detail === undefined ? { status: 'refused', reason } : { status: 'refused', reason, detail }
}
