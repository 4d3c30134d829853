import type { Tmux } from '@tmux-orchestrator/tmux-driver'
import type { Ledger } from './ledger.ts'
import type { EngineRequest, VerbRequest, VerbResult } from './protocol.ts'
import type { LogEntry } from './runtime.ts'

/** The writer, the home, and everything outside that an engine needs. */
export interface EngineOptions {
  readonly ledger: Ledger
  /** Absolute; holds worktrees, briefs, and `bin/tmo`. */
  readonly home: string
  readonly host: string
  /** This process as the owner of jobs and deliveries; `processOwner()` of scheduler-db makes one. */
  readonly owner: string
  readonly binDir: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Opens our tmux server; with `start: false` it throws a TmuxError NO_SERVER when none runs. */
  openTmux(options: { readonly start: boolean }): Promise<Tmux>
  log(entry: LogEntry): void
  /** Path of the simulated agent's program. @defaultValue `tmo-agent-sim` on PATH */
  readonly simProgram?: string | undefined
  /** @defaultValue `Date.now` */
  readonly clock?: () => number
  /** How often the world is looked at while something runs. @defaultValue 2000 */
  readonly lookEveryMs?: number
  /** How often it is read what a working agent does; one that rests is read less often. @defaultValue 2000 */
  readonly watchEveryMs?: number
  /** An answer of the policy that was not taken is given again after this, then after twice as long. @defaultValue 500 */
  readonly answerAgainMs?: number
  /** The first look waits for this, and for ten seconds at most: what agents said while no engine ran. */
  readonly ready?: Promise<unknown>
}

/** What the engine has done since it began. */
export interface EngineStatus {
  readonly live: readonly string[]
  readonly passes: number
  readonly actions: number
  readonly deliveries: number
  readonly jobsRunning: number
  readonly tmux: {
    readonly connected: boolean
    readonly processesStarted: number
    readonly serverPid: number | null
  }
  /** Epoch milliseconds of the last full look; `null` before the first. */
  readonly lookedAt: number | null
}

/** What makes the world match the database, until it is closed. Closing leaves tmux, worktrees and agents alone. */
export interface Engine extends AsyncDisposable {
  handle(request: EngineRequest, options?: { readonly signal?: AbortSignal }): Promise<unknown>
  verb(request: VerbRequest): Promise<VerbResult>
  wake(): void
  status(): EngineStatus
  close(): Promise<void>
}
