import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The simulated agent that came with the command line; `undefined` where it was not installed with it. */
export function findSim(cliPath: string | undefined): string | undefined {
  if (cliPath === undefined) return undefined
  try {
    const manifest = createRequire(cliPath).resolve('@tmux-orchestrator/agent-sim/package.json')
    const { bin }: { bin?: Record<string, string> } = JSON.parse(readFileSync(manifest, 'utf8'))
    const program = bin?.['tmo-agent-sim']
    return program === undefined ? undefined : join(dirname(manifest), program)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}
