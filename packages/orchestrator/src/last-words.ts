import { isTmuxError, type PaneId, type Tmux } from '@tmux-orchestrator/tmux-driver'
import type { Runtime } from './runtime.ts'
import { describeError } from './runtime.ts'

const linesMax = 6
const wordsMax = 300
/** A long run of letters and digits with both in it, or one that begins like the key of a known service. */
const secret =
  /\b(?:sk|pk|ghp|gho|ghs|github_pat|glpat|xox[abprs]|AKIA)[-_]?[A-Za-z0-9_-]{8,}|\b(?=[A-Za-z0-9_+/=-]*\d)(?=[A-Za-z0-9_+/=-]*[A-Za-z])[A-Za-z0-9_+=-]{32,}/g

/** The end of what a program that ended left on its screen: with its pane it would be gone. Empty when it cannot be read. */
export async function readLastWords(runtime: Runtime, tmux: Tmux, pane: PaneId): Promise<string> {
  try {
    return lastWords((await tmux.capture(pane)).lines)
  } catch (error) {
    if (!isTmuxError(error)) throw error
    runtime.log({ level: 'debug', event: 'screen:unread', pane, error: describeError(error) })
    return ''
  }
}

/** The last lines in one, cut at 300 characters, without what looks like a secret: it becomes a cause that is stored. */
export function lastWords(lines: readonly string[]): string {
  const said = lines.map((line) => line.trim()).filter((line) => line !== '' && !/^Pane is dead/.test(line))
  return said.slice(-linesMax).join(' | ').replaceAll(secret, '…').slice(-wordsMax)
}
