import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/**
 * The program behind `tmo`, for `$TMO_HOME/bin/tmo` of a daemon that is started here: the one that says so in `TMO_CLI`, or the one
 * installed beside this; `undefined` where only the scheduler is installed, and agents' panes then have their own verbs only.
 */
export function findTmo(env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (env['TMO_CLI']) return env['TMO_CLI']
  try {
    const manifest = createRequire(import.meta.url).resolve('tmux-orchestrator/package.json')
    const { bin }: { bin?: { tmo?: unknown } } = JSON.parse(readFileSync(manifest, 'utf8'))
    return typeof bin?.tmo === 'string' ? join(dirname(manifest), bin.tmo) : undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}
