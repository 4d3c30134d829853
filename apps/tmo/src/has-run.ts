import { existsSync } from 'node:fs'
import type { Context } from '@tmux-orchestrator/cli'
import { homePaths, resolveHome } from '@tmux-orchestrator/daemon'

/** Without a database nothing was ever started here. */
export function hasRun({ env }: Pick<Context, 'env'>): boolean {
  return existsSync(homePaths(resolveHome(env)).database) || !!env['TMO_DATABASE_URL']
}
