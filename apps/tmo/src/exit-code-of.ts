import type { ExitCode } from '@tmux-orchestrator/cli'

/** What a person typed or wrote in settings and can correct there. */
const usage: ReadonlySet<string> = new Set([
  'BAD_ARGUMENT',
  'BAD_CONFIG',
  'UNKNOWN_ROLE',
  'UNKNOWN_CHOICE',
  'NO_ROLES',
  'OVER_PLAN',
  'BAD_COMMAND',
  'BAD_OPTION',
])

/** Exit 2 for a value that is not allowed; everything else leaves with the error's own code, else 1. */
export function exitCodeOf(error: unknown): ExitCode | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  return usage.has(error.code) ? 2 : undefined
}
