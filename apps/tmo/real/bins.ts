import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
const agents = process.env['TEST_AGENTS'] || join(cache, 'tmux-orchestrator', 'agents')

/** A provisioned program. */
export interface Bin {
  readonly version: string
  /** The folder that holds its command. */
  readonly bin: string
  readonly isHere: boolean
}

/** Where a version of a package's command was provisioned. */
export function binOf(packageName: string, version: string, command: string): Bin {
  const bin = join(agents, `${packageName}@${version}`, 'node_modules', '.bin')
  return { version, bin, isHere: existsSync(join(bin, command)) }
}

/** A slice leaves out what has to wait for minutes. */
export const isSlice: boolean = process.env['TMO_SLICE'] !== undefined
