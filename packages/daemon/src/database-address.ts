import { DaemonError } from './errors.ts'
import type { Environment } from './home.ts'

/**
 * The database of a home: `TMO_DATABASE_URL`, else `sqlite:` and the file in the home. Opens nothing.
 *
 * @throws DaemonError BAD_ARGUMENT unless it is `sqlite:<path>`, `postgres://…` or `postgresql://…`; what follows is not repeated
 * in the message, since it may hold a password
 */
export function databaseAddress(file: string, env: Environment): string {
  const named = env['TMO_DATABASE_URL']
  if (named === undefined || named === '') return `sqlite:${file}`
  if (/^postgres(?:ql)?:\/\/./.test(named)) return named
  if (/^sqlite:./.test(named) && named !== 'sqlite::memory:' && !named.includes('\0')) return named
  throw new DaemonError(
    'BAD_ARGUMENT',
    `TMO_DATABASE_URL is not the address of a database: ${shown(named)}`,
    {
      hint: 'use sqlite:<path> or postgres://user@host/database, or leave it unset for the file in the home',
    },
  )
}

function shown(address: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*:)./i.exec(address)?.[1]
  if (scheme === 'sqlite:') return `${address}, whose jobs would be lost with the daemon`
  return scheme === undefined ? JSON.stringify(address) : `${scheme}…`
}
