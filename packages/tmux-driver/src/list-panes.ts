import { remindOfChildren } from './child-reminder.ts'
import type { CommandRunner } from './command-runner.ts'
import type { CreatedSession } from './creation.ts'
import {
  asksForDeath,
  lacksStatus,
  listLine,
  type PaneField,
  type PaneRow,
  parseRows,
} from './pane-fields.ts'
import { formatCommand } from './quote.ts'
import { askToTheEnd } from './unfinished.ts'

/** The fields that each row has, and their types with them. */
export interface ListOptions<F extends readonly PaneField[]> {
  readonly fields: F
  readonly signal?: AbortSignal
  /** @defaultValue the handle's `timeoutMs` */
  readonly timeoutMs?: number
}

interface Answer {
  readonly line: string
  readonly text: string
  readonly rows: readonly object[]
}

/** Of each runner the last answer: the same text again is not read again. */
const answers = new WeakMap<CommandRunner, Answer>()

/** One look at all panes; a second one where a program has ended and its status is not there yet. Nothing new gives the same rows. */
export async function listPanes<const F extends readonly PaneField[]>(
  runner: CommandRunner,
  { fields, ...wait }: ListOptions<F>,
): Promise<readonly PaneRow<F>[]> {
  if (fields.length === 0) throw new TypeError('list() needs at least one field')
  const line = listLine(fields, runner.secret)
  const ask = (): Promise<readonly PaneRow<F>[]> =>
    askToTheEnd(async () => {
      const [block] = await runner.run(line, { fenced: true, ...wait })
      return readAnswer(runner, fields, line, block?.lines ?? [])
    })
  if (asksForDeath(fields) && runner.isConnected) remindOfChildren(runner.serverPid)
  const rows = await ask()
  return asksForDeath(fields) && rows.some(lacksStatus) ? await ask() : rows
}

function readAnswer<const F extends readonly PaneField[]>(
  runner: CommandRunner,
  fields: F,
  line: string,
  lines: readonly string[],
): readonly PaneRow<F>[] {
  const text = lines.join('\n')
  const last = answers.get(runner)
  if (last?.line === line && last.text === text) return last.rows as readonly PaneRow<F>[]
  const rows = parseRows(fields, runner.secret, lines)
  for (const row of rows) Object.freeze(row)
  answers.set(runner, { line, text, rows: Object.freeze(rows) })
  return rows
}

/** The same for somebody who will use the ids in it. */
export async function listKnown<const F extends readonly PaneField[]>(
  runner: CommandRunner,
  options: ListOptions<F>,
): Promise<readonly PaneRow<F>[]> {
  const rows = await listPanes(runner, options)
  for (const { pane, window, session } of rows as readonly Partial<CreatedSession>[]) {
    runner.know([pane, window, session].filter((id) => id !== undefined))
  }
  return rows
}

/** The process id stands for the pane; of a window that moves tmux gives a hint. Whatever a program prints moves `window_activity`, which counts in seconds. */
const glimpseLine = formatCommand([
  'list-panes',
  '-a',
  '-F',
  '#{window_activity} #{window_id} #{pane_pid} #{pane_dead} #{pane_title}',
])

export interface Glimpse {
  /** All panes, in a text that differs when there may be something new of them. */
  readonly text: string
  /** A program printed this second or the last one: what it prints next may leave the text as it is. */
  readonly isRecent: boolean
}

/** For a quarter of what a whole list costs. */
export async function glimpsePanes(
  runner: CommandRunner,
  wait: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
): Promise<Glimpse> {
  if (runner.isConnected) remindOfChildren(runner.serverPid)
  const second = Math.floor(Date.now() / 1000)
  const [block] = await runner.run(glimpseLine, { fenced: true, ...wait })
  const lines = block?.lines ?? []
  return {
    text: lines.join('\n'),
    isRecent: lines.some((line) => Number.parseInt(line, 10) >= second - 1),
  }
}
