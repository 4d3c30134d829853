import type { JobFigures } from '@tmux-orchestrator/scheduler-db'

/** What a daemon says about itself; plain JSON. Instants are ISO 8601 UTC. */
export interface DaemonStatus {
  readonly running: true
  readonly pid: number
  readonly home: string
  readonly version: string
  readonly protocol: number
  readonly startedAt: string
  readonly host: string
  readonly socket: string
  /** Name (`-L`) or absolute path (`-S`) of the tmux server of this home. */
  readonly tmuxSocket: string
  readonly database: string
  readonly counters: {
    /** Clients now, and since the start. */
    readonly clients: number
    readonly clientsAccepted: number
    readonly requests: number
    readonly requestsFailed: number
    readonly requestsInFlight: number
    readonly verbs: number
    /** Verbs that were called while no daemon ran, and took effect later. */
    readonly verbsReplayed: number
    readonly commands: number
    readonly commits: number
    /** `null` before the first commit. */
    readonly commandsPerCommit: number | null
    readonly logLinesLost: number
  }
  /** What the schedule did and what waits. */
  readonly jobs: JobFigures
  /** How late this process's timers fire. */
  readonly loopDelayMs: { readonly p50: number; readonly p99: number }
  readonly memoryBytes: number
  /** What the engine says about itself. */
  readonly engine: unknown
}
