import type { CommandRunner } from './command-runner.ts'
import {
  type PaneId,
  parsePaneId,
  parseSessionId,
  parseWindowId,
  type SessionId,
  type WindowId,
} from './ids.ts'
import { requireOptionName, requireOptionValue } from './pane-fields.ts'
import { formatCommand, formatList } from './quote.ts'

type Holder = SessionId | WindowId | PaneId

export async function setOption(
  runner: CommandRunner,
  { target, name, value }: { readonly target: Holder; readonly name: string; readonly value: string },
): Promise<void> {
  const words = [requireOptionName(name), requireOptionValue(name, value)]
  const line = formatCommand(['set-option', ...scopeOf(target), '--', ...words])
  await runner.run(line, { target })
}

export async function getOption(
  runner: CommandRunner,
  { target, name }: { readonly target: Holder; readonly name: string },
): Promise<string | undefined> {
  const line = formatList([
    ['show-options', '-v', '-q', ...scopeOf(target), '--', requireOptionName(name)],
    ['has-session', '-t', target],
  ])
  const [block] = await runner.run(line, { fenced: true, target })
  return block === undefined || block.lines.length === 0 ? undefined : block.lines.join('\n')
}

function scopeOf(target: SessionId | WindowId | PaneId): readonly string[] {
  if (target.startsWith('$')) return ['-t', parseSessionId(target)]
  if (target.startsWith('@')) return ['-w', '-t', parseWindowId(target)]
  return ['-p', '-t', parsePaneId(target)]
}
