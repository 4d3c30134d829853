import type { HookEvent } from './hooks.ts'
import { readStart } from './version-range.ts'

/** A machine that starts a team takes its time; a brief that a hook of the user's refused never comes. */
const lateMs = 120_000

/**
 * Whether the brief that a program was started with is still on its way into its conversation. A program may call itself
 * idle before it has taken the brief, and loses what is typed meanwhile.
 *
 * @param submission the hook that tells of a prompt
 */
export async function isBriefPending(
  stateDir: string,
  hooks: readonly HookEvent[],
  submission: string,
  now: number,
): Promise<boolean> {
  const start = await readStart(stateDir)
  if (!start?.isBriefed || now - start.at >= lateMs) return false
  return !hooks.some(({ event }) => event === submission)
}

export const briefPending = 'its brief is on its way'
