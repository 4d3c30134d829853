import type { Engine } from '@tmux-orchestrator/orchestrator'
import type { Counters } from './counters.ts'
import type { DaemonStatus } from './daemon-status.ts'
import type { LedgerClient } from './ledger-client.ts'
import type { LogFile } from './log-file.ts'
import type { LoopDelay } from './loop-delay.ts'
import type { Place } from './place.ts'
import { protocolVersion } from './protocol.ts'
import type { SocketServer } from './server.ts'
import type { Spool } from './spool.ts'
import { version } from './version.ts'

export interface DaemonParts {
  readonly place: Place
  readonly log: LogFile
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly store: LedgerClient
  readonly engine: Engine
  readonly spool: Spool
  readonly delay: LoopDelay
  readonly counters: Counters
  readonly server: SocketServer
}

export async function describeDaemon(parts: DaemonParts): Promise<DaemonStatus> {
  const { place, server, store, spool, counters } = parts
  const { commands, commits } = store.counters
  const { clients, accepted, inFlight } = server.counters
  return {
    running: true,
    pid: process.pid,
    home: place.home,
    version,
    protocol: protocolVersion,
    startedAt: new Date(parts.startedAt).toISOString(),
    host: place.host,
    socket: place.socket,
    tmuxSocket: 'name' in place.tmuxSocket ? place.tmuxSocket.name : place.tmuxSocket.path,
    database: place.database,
    counters: {
      clients,
      clientsAccepted: accepted,
      requests: counters.requests,
      requestsFailed: counters.requestsFailed,
      requestsInFlight: inFlight,
      verbs: counters.verbs,
      verbsReplayed: spool.replayed,
      commands,
      commits,
      commandsPerCommit: commits === 0 ? null : Math.round((commands / commits) * 100) / 100,
      logLinesLost: parts.log.lost,
    },
    jobs: await store.jobFigures(),
    loopDelayMs: parts.delay.read(),
    memoryBytes: process.memoryUsage.rss(),
    engine: parts.engine.status(),
  }
}
