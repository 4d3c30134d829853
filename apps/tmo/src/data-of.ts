import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Context } from '@tmux-orchestrator/cli'
import { homePaths, readSettings, resolveHome } from '@tmux-orchestrator/daemon'

/** Something that stays when the package goes, and the command that removes it. */
export interface Data {
  readonly what: string
  readonly place: string
  readonly remove: string
}

/** Where the data of this home lies; what is in projects (branches, saved work, settings) is theirs and not listed. */
export function dataOf({ env }: Context): readonly Data[] {
  const home = resolveHome(env)
  const config = env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config')
  const { database } = readSettings(home, env)
  const places = [
    { what: 'database, worktrees, logs', place: home },
    { what: 'your settings', place: join(config, 'tmux-orchestrator') },
  ].filter(({ place }) => existsSync(place))
  const elsewhere =
    database === `sqlite:${homePaths(home).database}`
      ? []
      : [{ what: 'database', place: shown(database), remove: 'with the tools of that database' }]
  return [
    ...places.map(({ what, place }) => ({ what, place, remove: `rm -r ${quote(place)}` })),
    ...elsewhere,
  ]
}

/** Without what may be a password. */
function shown(database: string): string {
  return database.replace(/^(postgres(?:ql)?:\/\/)[^@/]*@/, '$1')
}

function quote(word: string): string {
  return /^[A-Za-z0-9_./=:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
