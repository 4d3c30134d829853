import type { EngineRequests, EventView } from '@tmux-orchestrator/orchestrator'
import type { JobRequests } from './client-jobs.ts'
import type { DaemonStatus } from './daemon-status.ts'
import type { Greeting, Identity } from './protocol.ts'

/** Everything that can be asked of a daemon, by name: the engine's requests and its own. */
export interface DaemonRequests extends EngineRequests, JobRequests {
  'daemon.status': { args: Record<never, never>; result: DaemonStatus }
  'daemon.stop': { args: Record<never, never>; result: { pid: number } }
}

/** Answers that come in many parts, by name. */
export interface DaemonStreams {
  /** Every event after `after` (a sequence number; 0 for all that is kept), as it is committed. */
  'events.follow': { args: { after: number; stream?: string }; item: EventView }
}

/** How long an answer is waited for. */
export interface CallOptions {
  /** For whom the request speaks; a person when absent. */
  readonly as?: Identity
  readonly signal?: AbortSignal
  /** @defaultValue 60 000 */
  readonly timeoutMs?: number
}

/** What ends a stream. */
export interface FollowOptions {
  readonly as?: Identity
  readonly signal?: AbortSignal
}

/** A connection to one daemon. Closing it leaves the daemon and all that it runs alone. */
export interface DaemonClient extends AsyncDisposable {
  readonly daemon: Readonly<Greeting>
  /**
   * One request, one answer.
   *
   * @throws RemoteError with the daemon's own code when it refuses or fails
   * @throws DaemonError CONNECTION_LOST or TIMEOUT (outcome unknown), CLOSED; the signal's reason when aborted
   */
  call<N extends keyof DaemonRequests>(
    name: N,
    args: DaemonRequests[N]['args'],
    options?: CallOptions,
  ): Promise<DaemonRequests[N]['result']>
  /**
   * Items until the daemon ends the stream, over a connection of its own: a reader that falls behind makes the daemon wait and
   * stalls nothing else. Leaving the loop or aborting ends it there.
   *
   * @throws RemoteError when the daemon refuses or ends; DaemonError CONNECTION_LOST; the signal's reason when aborted
   */
  follow<N extends keyof DaemonStreams>(
    name: N,
    args: DaemonStreams[N]['args'],
    options?: FollowOptions,
  ): AsyncGenerator<DaemonStreams[N]['item'], void, undefined>
  status(options?: CallOptions): Promise<DaemonStatus>
  close(): Promise<void>
}
