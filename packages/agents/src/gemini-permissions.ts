import { parseScreen } from './ansi.ts'
import { dense } from './box-text.ts'
import type { DialogRules } from './dialog-asks.ts'
import { isObject, type JsonObject } from './json.ts'
import { createAsk, type PermissionAsk } from './permission.ts'

/** A longer command is not sure to be shown whole. */
const shownMax = 1_000
const shell = 'run_shell_command'

/** What Gemini CLI tells of a dialog before it opens it; undefined of any other notification. */
export function geminiAsk(
  event: JsonObject,
  place: { readonly id: string; readonly askedAt: number },
  seenFromFolder: (path: string) => string,
): PermissionAsk | undefined {
  const { notification_type: kind, details } = event
  if (kind !== 'ToolPermission') return undefined
  const { type, command, filePath, title, serverName, toolName, prompt } = isObject(details) ? details : {}
  if (type === 'exec' && typeof command === 'string')
    return createAsk({ ...place, tool: shell, subject: command })
  if (type === 'edit' && typeof filePath === 'string') {
    return createAsk({ ...place, tool: 'write_file', subject: seenFromFolder(filePath) })
  }
  if (type === 'mcp' && typeof serverName === 'string' && typeof toolName === 'string') {
    // with what it is called is told in its window only
    return createAsk({ ...place, tool: `mcp__${serverName}__${toolName}`, subject: '', isPartial: true })
  }
  if (type === 'info' && typeof prompt === 'string') {
    return createAsk({ ...place, tool: 'web_fetch', subject: prompt, isPartial: true })
  }
  const subject = typeof title === 'string' ? title : ''
  return createAsk({ ...place, tool: 'unknown', subject, isPartial: true, isQuestion: type === 'ask_user' })
}

/** Commands alone are shown whole: a change of a file is cut to what fits. */
export const geminiDialogs: Pick<DialogRules, 'shown' | 'wanted'> = {
  shown: shownCommand,
  wanted: ({ tool, subject, isPartial }: PermissionAsk) =>
    isPartial || tool !== shell || subject === '' || subject.length > shownMax ? undefined : dense(subject),
}

const top = /^│ ╭─+╮ │$/
const bottom = /^│ ╰─+╯ │$/
const inner = /^│ │ (.*) │ │$/

/** The command in the inner box of a dialog that stands whole on the screen, without white space, and whose first choice is to allow it. */
function shownCommand(screen: string): string | undefined {
  const lines = parseScreen(screen).map(({ text }) => text.trimEnd())
  const question = lines.findLastIndex((text) => text.startsWith('│ Allow execution of ['))
  if (question < 0) return undefined
  const begin = lines.slice(0, question).findLastIndex((text) => /^│ \? Shell\b/.test(text))
  if (begin < 0 || !top.test(lines[begin + 1] ?? '') || !bottom.test(lines[question - 1] ?? ''))
    return undefined
  const choice = lines.findIndex((text, index) => index > question && /^│ \W? 1\. Allow once\b/.test(text))
  if (choice < 0 || choice > question + 2) return undefined
  const rows = lines.slice(begin + 2, question - 1).map((text) => inner.exec(text)?.[1])
  return rows.every((row) => row !== undefined) ? dense(rows.join('')) : undefined
}
