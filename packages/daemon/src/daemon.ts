import { dirname } from 'node:path'
import { type Engine, startEngine } from '@tmux-orchestrator/orchestrator'
import { processOwner } from '@tmux-orchestrator/scheduler-db'
import { Tmux } from '@tmux-orchestrator/tmux-driver'
import { answerRequest, type RequestContext } from './answer-request.ts'
import { ClientJobs } from './client-jobs.ts'
import { Counters } from './counters.ts'
import { removeRecord, writeRecord } from './daemon-record.ts'
import { describeDaemon } from './describe-daemon.ts'
import { Ending } from './ending.ts'
import { DaemonError } from './errors.ts'
import { findSim } from './find-sim.ts'
import { LedgerClient } from './ledger-client.ts'
import { takeLifeLock } from './life-lock.ts'
import { LogFile } from './log-file.ts'
import { startLoopDelay } from './loop-delay.ts'
import { makePlace, type Place } from './place.ts'
import { identifyProcess } from './process-identity.ts'
import { protocolVersion } from './protocol.ts'
import { replayVerb } from './replay-verb.ts'
import type { DaemonEnd, RunDaemonOptions } from './run-daemon.ts'
import { SocketServer } from './server.ts'
import { removeSocketFolder } from './socket-path.ts'
import { Spool } from './spool.ts'
import { TearDown } from './tear-down.ts'
import { verbProgram } from './verb-program.ts'
import { version } from './version.ts'
import { watchHome } from './watch-home.ts'
import { watchProgram } from './watch-program.ts'
import { toWireError } from './wire-error.ts'
import { installLauncher } from './write-launcher.ts'

/** How long each part may take to end; one that hangs is left behind, since the next start recovers anyway. */
const stepTimeoutMs = 10_000

/** What the parts of a starting daemon share. */
interface Start {
  readonly place: Place
  readonly undo: TearDown
  readonly ending: Ending
  readonly log: LogFile
  readonly startedAt: number
}

/** Opens all parts in order, waits for the end, and closes them in reverse; when one cannot be opened, nothing is left. */
export async function liveAsDaemon(options: RunDaemonOptions): Promise<DaemonEnd> {
  const place = makePlace(options.home, options.env ?? process.env)
  const lock = await takeLifeLock(place.home, place.paths)
  const log = new LogFile(place.paths.log)
  const undo = new TearDown()
  undo.defer('lock', () => lock.release())
  undo.defer('log', () => log.close())
  let end: DaemonEnd
  try {
    const ending = new Ending()
    await open({ place, undo, ending, log, startedAt: Date.now() }, options)
    end = await ending.decided
  } catch (error) {
    log.write({ level: 'error', event: 'daemon:failed', ...toWireError(error) })
    await close(undo, log)
    throw error
  }
  log.write({ level: 'info', event: 'daemon:stopping', cause: end.cause })
  const failures = await close(undo, log)
  if (failures.length > 0) throw new AggregateError(failures, 'the daemon could not close all of its parts')
  return end
}

async function open(start: Start, options: RunDaemonOptions): Promise<void> {
  const { place, undo, ending, log } = start
  leaveRecord(start)
  const store = await openStore(start)
  installLauncher(place, options.cliPath)
  let isReplayed: () => void = () => undefined
  const replayed = new Promise<void>((resolve) => {
    isReplayed = resolve
  })
  const engine = await openEngine(start, store, findSim(options.cliPath), replayed)
  store.events.on('ledger:changed', () => engine.wake())
  const spool = openSpool(start, engine, store)
  const delay = startLoopDelay()
  undo.defer('loop delay', () => delay.stop())
  const counters = new Counters()
  const parts = { place, log, startedAt: start.startedAt, store, engine, spool, delay, counters }
  const jobs = new ClientJobs({ store, engine, host: place.host })
  undo.defer('jobs of clients', () => jobs.close())
  const context: RequestContext = {
    engine,
    store,
    jobs,
    status: () => describeDaemon({ ...parts, server }),
    stop: (cause) => ending.stop(cause),
  }
  undo.defer('socket folder', () => removeSocketFolder(place.home, dirname(place.socket)))
  const server = await SocketServer.listen({
    path: place.socket,
    greeting: { tmo: 'daemon', protocol: protocolVersion, version, pid: process.pid, home: place.home },
    handle: (request, options) =>
      counters.count(request.name, () => answerRequest(context, request, options)),
  })
  undo.defer('socket', () => server.close())
  const watch = watchHome({
    place,
    server,
    log: (entry) => log.write(entry),
    fail: (error) => ending.fail(error),
  })
  undo.defer('watch of the home', () => watch.stop())
  const programs = watchProgram({
    file: verbProgram,
    log: (entry) => log.write(entry),
    // a failure, so that a service tries again until the package is back
    gone: (file) =>
      ending.fail(
        new DaemonError('PROGRAM_REMOVED', `its program was removed (${file}); agents go on in tmux`, {
          hint: 'install tmux-orchestrator again, then tmo list',
        }),
      ),
  })
  undo.defer('watch of the program', () => programs.stop())
  listenToSignal(start, options.signal)
  log.write({ level: 'info', event: 'daemon:started', pid: process.pid, version, home: place.home })
  options.onReady?.(await context.status())
  // What agents said meanwhile may be the proof that the first look asks for.
  void spool.replay().finally(isReplayed)
}

function leaveRecord({ place, undo, startedAt }: Start): void {
  const { record } = place.paths
  writeRecord(record, {
    ...identifyProcess(),
    version,
    protocol: protocolVersion,
    socket: place.socket,
    startedAt,
  })
  undo.defer('record', () => removeRecord(record))
}

async function openStore({ place, undo, ending }: Start): Promise<LedgerClient> {
  const store = await LedgerClient.open({ url: place.database, host: place.host })
  undo.defer('store', () => store.close())
  store.events.once('ledger:lost', ({ error }) => ending.fail(error))
  return store
}

async function openEngine(
  { place, undo, log }: Start,
  store: LedgerClient,
  simProgram: string | undefined,
  ready: Promise<void>,
): Promise<Engine> {
  const engine = await startEngine({
    ledger: store.ledger,
    home: place.home,
    host: place.host,
    owner: processOwner(),
    binDir: place.paths.bin,
    env: place.env,
    simProgram,
    ready,
    log: (entry) => log.write(entry),
    openTmux: ({ start }) =>
      Tmux.open({
        socket: place.tmuxSocket,
        start,
        tmux: place.env['TMO_TMUX'] || 'tmux',
        ...tmuxEnvironment(place),
      }),
  })
  undo.defer('engine', () => engine.close())
  return engine
}

/** The tmux server has the daemon's environment, without what is ours. */
function tmuxEnvironment({ env }: Place): { env: Record<string, string> } {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !name.startsWith('TMO_')) kept[name] = value
  }
  return { env: kept }
}

function openSpool({ place, undo, log }: Start, engine: Engine, store: LedgerClient): Spool {
  const spool = new Spool({
    folder: place.paths.spool,
    badFolder: place.paths.badSpool,
    verb: (request) => replayVerb({ engine, store }, request),
    log: (entry) => log.write(entry),
  })
  undo.defer('spool', () => spool.close())
  return spool
}

function listenToSignal({ undo, ending }: Start, signal: AbortSignal | undefined): void {
  if (signal === undefined) return
  const abort = (): void => ending.stop('asked by a signal')
  signal.addEventListener('abort', abort)
  undo.defer('signal', () => signal.removeEventListener('abort', abort))
  if (signal.aborted) abort()
}

async function close(undo: TearDown, log: LogFile): Promise<readonly Error[]> {
  return await undo.run(stepTimeoutMs, ({ message }) => {
    log.write({ level: 'error', event: 'daemon:close-failed', message })
  })
}
