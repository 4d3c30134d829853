import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from './find-program.ts'

/** Where Claude Code keeps its things: CLAUDE_CONFIG_DIR moves everything, `.claude.json` included. */
export interface ClaudePaths {
  readonly folder: string
  readonly config: string
}

export function claudePaths(env: Environment): ClaudePaths {
  const moved = env['CLAUDE_CONFIG_DIR']
  if (moved) return { folder: moved, config: join(moved, '.claude.json') }
  const home = env['HOME'] || homedir()
  return { folder: join(home, '.claude'), config: join(home, '.claude.json') }
}

/** The folder under `projects/` for a working directory: everything but letters and digits becomes a dash. */
export function projectFolder(cwd: string): string {
  return cwd.replace(/[^A-Za-z0-9]/g, '-')
}
