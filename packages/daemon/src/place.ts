import { dirname } from 'node:path'
import { type Environment, ensureHome, type HomePaths, hostName, resolveHome } from './home.ts'
import { ensureSocketFolder, socketPath, tmuxSocket } from './socket-path.ts'

/** Everything about a daemon that follows from its home and environment. */
export interface Place {
  readonly home: string
  readonly env: Environment
  readonly paths: HomePaths
  readonly host: string
  readonly socket: string
  readonly tmuxSocket: { name: string } | { path: string }
  readonly database: string
}

/** @throws DaemonError HOME_UNUSABLE */
export function makePlace(home: string | undefined, env: Environment): Place {
  const resolved = resolveHome(home === undefined ? env : { TMO_HOME: home })
  const paths = ensureHome(resolved)
  const socket = socketPath(resolved, env)
  ensureSocketFolder(resolved, dirname(socket))
  return {
    home: resolved,
    env,
    paths,
    host: hostName(env),
    socket,
    tmuxSocket: tmuxSocket(resolved, env),
    database: env['TMO_DATABASE_URL'] || `sqlite:${paths.database}`,
  }
}
