import { createHash } from 'node:crypto'
import { parseScreen } from './ansi.ts'
import { createAsk, type PermissionAsk } from './permission.ts'
import type { SessionFile } from './session-file.ts'

/**
 * The dialog of the simulated agent, read from its screen: a rule, a title, what is asked, the question. What is asked
 * may draw lines that look like these, so that a screen alone is always partial: a human may allow it, no pattern may.
 */
export function readSimAsk(screen: string, session: SessionFile): PermissionAsk | undefined {
  const lines = parseScreen(screen).map(({ text }) => text.trimEnd())
  const question = lines.lastIndexOf(' Do you want to proceed?')
  const rule = lines.slice(0, Math.max(0, question)).findLastIndex((line) => /^─{2,}$/.test(line))
  const [title, ...subject] = rule === -1 ? [] : lines.slice(rule + 1, question).map((line) => line.slice(1))
  if (title === undefined || subject.length === 0) return undefined
  const text = subject.join('')
  const id = createHash('sha256').update(`${session.updatedAt} ${title} ${text}`).digest('hex').slice(0, 16)
  const tool = title.replace(/ command$/, '')
  return createAsk({ id, tool, subject: text, isPartial: true, askedAt: session.updatedAt })
}
