export { callerOf, refuseAgent } from './caller.ts'
export { loginName } from './choose-scope.ts'
export type { JobRequests } from './client-jobs.ts'
export { type ConnectDaemonOptions, connectDaemon } from './connect-daemon.ts'
export type {
  CallOptions,
  DaemonClient,
  DaemonRequests,
  DaemonStreams,
  FollowOptions,
} from './daemon-requests.ts'
export type { DaemonStatus } from './daemon-status.ts'
export {
  DaemonError,
  type DaemonErrorCode,
  type DaemonErrorDetails,
  type DaemonErrorOptions,
  isDaemonError,
} from './errors.ts'
export { type Environment, ensureHome, type HomePaths, homePaths, hostName, resolveHome } from './home.ts'
export { type InspectDatabaseOptions, inspectDatabase } from './inspect-database.ts'
export {
  findService,
  type InstalledService,
  type InstallServiceOptions,
  installService,
  uninstallService,
} from './install-service.ts'
export { type HomeLock, lockHome } from './lock-home.ts'
export { readSettings } from './place.ts'
export { type Greeting, type Identity, protocolVersion } from './protocol.ts'
export { type DaemonEnd, type RunDaemonOptions, runDaemon } from './run-daemon.ts'
export { socketPath } from './socket-path.ts'
export { type StopDaemonOptions, stopDaemon } from './stop-daemon.ts'
export { tmuxSocket, tmuxSocketPath } from './tmux-socket.ts'
export { verbProgram } from './verb-program.ts'
export { version } from './version.ts'
export { refuseWindowsDrive } from './windows-drive.ts'
export { isRemoteError, RemoteError, type WireError } from './wire-error.ts'
