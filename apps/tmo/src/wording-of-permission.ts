import { formatDuration, toPlainText } from '@tmux-orchestrator/cli'
import type { PermissionView } from '@tmux-orchestrator/orchestrator'

const shownMax = 300

/** What an agent waits for, in one line that nothing in it can break or colour. */
export function wordingOfPermission({ tool, subject, isPartial, note, since }: PermissionView): string {
  const line = toPlainText(subject).replaceAll(/\s+/g, ' ').trim()
  const cut = line.length > shownMax ? `${line.slice(0, shownMax)}…` : line
  const doubt = isPartial ? ' (as far as it can be read; its window shows all of it)' : ''
  const why = note === null ? '' : `; ${toPlainText(note).replaceAll(/\s+/g, ' ')}`
  const waited = formatDuration(Date.now() - Date.parse(since))
  return `waits for permission since ${waited}: ${toPlainText(tool)}: ${cut}${doubt}${why}`
}
