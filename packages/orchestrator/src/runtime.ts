import type { AgentAdapter } from '@tmux-orchestrator/agents'
import type { Tmux } from '@tmux-orchestrator/tmux-driver'
import type { Repository } from '@tmux-orchestrator/worktree'
import type { Desired } from './command-map.ts'
import type { EngineOptions } from './engine-options.ts'

/** A line of the log: an event, and what belongs to it. */
export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly event: string
  readonly [key: string]: unknown
}

/** What the engine's parts share: the writer, the outside things, and a way to ask for another look. */
export interface Runtime
  extends Pick<EngineOptions, 'ledger' | 'home' | 'host' | 'owner' | 'binDir' | 'env' | 'log'> {
  readonly signal: AbortSignal
  /** By conversation, the briefs that this process is pasting right now. */
  readonly pastings: Map<string, Promise<void>>
  /** By worktree, what this process is making ready right now, and what ends that. */
  readonly preparations: Map<string, { readonly done: Promise<unknown>; end(): void }>
  now(): number
  /** The tmux connection; starts our server when none runs. */
  tmux(): Promise<Tmux>
  /** The connection when a server runs, else undefined; never starts one. */
  runningTmux(): Promise<Tmux | undefined>
  adapter(program: string): AgentAdapter
  repository(path: string): Promise<Repository>
  /** Where one orchestration keeps its brief, spec and adapters' settings. */
  folder(id: string, agent?: string): string
  /** Resolves at the next change (of that orchestration, or any), or after so many milliseconds. */
  nextChange(id: string | null, maxMs: number, signal: AbortSignal): Promise<void>
  /** Ends the session of one orchestration, after seeing our mark on it twice. */
  closeSession(desired: Desired): Promise<void>
  /** Asks for a pass over one orchestration, or over deliveries and jobs. */
  wake(what: { readonly id?: string; readonly jobs?: boolean; readonly deliveries?: boolean }): void
}

/** One line that says what an error was, for causes and logs. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const hint = 'hint' in error && typeof error.hint === 'string' ? ` (${error.hint})` : ''
  return `${error.message}${hint}`
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
