import { dirname } from 'node:path'
import { databaseAddress } from './database-address.ts'
import { type Environment, ensureHome, type HomePaths, homePaths, hostName, resolveHome } from './home.ts'
import { ensureSocketFolder, socketPath } from './socket-path.ts'
import { tmuxSocket } from './tmux-socket.ts'

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

/** What `git rev-parse --local-env-vars` names: a hook's or a rebase's, they would lead every git of every agent into that repository. */
const repositoryVariables: readonly string[] = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_CONFIG',
  'GIT_CONFIG_PARAMETERS',
  'GIT_CONFIG_COUNT',
  'GIT_OBJECT_DIRECTORY',
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_GRAFT_FILE',
  'GIT_INDEX_FILE',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_REPLACE_REF_BASE',
  'GIT_PREFIX',
  'GIT_SHALLOW_FILE',
  'GIT_COMMON_DIR',
  'GIT_INTERNAL_SUPER_PREFIX',
]

function withoutRepository(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !repositoryVariables.includes(name)))
}

/** @throws DaemonError HOME_UNUSABLE, BAD_ARGUMENT; then nothing was made */
export function makePlace(home: string | undefined, env: Environment): Place {
  const resolved = resolveHome(home === undefined ? env : { TMO_HOME: home })
  const settings = readSettings(resolved, env)
  const paths = ensureHome(resolved)
  const socket = socketPath(resolved, env)
  ensureSocketFolder(resolved, dirname(socket))
  return {
    home: resolved,
    env: withoutRepository(env),
    paths,
    host: hostName(env),
    socket,
    ...settings,
  }
}

/**
 * What the environment chooses for a home, before anything is made.
 *
 * @throws DaemonError BAD_ARGUMENT
 */
export function readSettings(
  home: string,
  env: Environment,
): { readonly tmuxSocket: { name: string } | { path: string }; readonly database: string } {
  return { tmuxSocket: tmuxSocket(home, env), database: databaseAddress(homePaths(home).database, env) }
}
