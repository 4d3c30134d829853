import {
  type PaneId,
  parsePaneId,
  parseSessionId,
  parseWindowId,
  type SessionId,
  type WindowId,
} from './ids.ts'
import { formatCommand } from './quote.ts'
import { unfinishedError } from './unfinished.ts'

/** What `list()` can tell of a pane, by field. */
export interface PaneFieldTypes {
  session: SessionId
  sessionName: string
  window: WindowId
  windowName: string
  /** How its panes share the window; `setLayout()` takes it back. */
  layout: string
  /** It has the eye in its window. */
  active: boolean
  pane: PaneId
  /** Its program has ended and the pane was told to remain. */
  dead: boolean
  /** Exit code of the program; `undefined` while it runs, and when a signal ended it. */
  deadStatus: number | undefined
  /** Number of the signal that ended it (tmux ≥ 3.3). */
  deadSignal: number | undefined
  /** When it ended, epoch seconds (tmux ≥ 3.3). */
  deadAt: number | undefined
  /** Process id of the pane's first process; newer versions forget it when that has ended. */
  pid: number
  /** Name of the program in the foreground. */
  command: string
  /** Its working directory; `''` when tmux cannot tell. */
  path: string
  title: string
  /** Copy mode or another mode is on: keys do not reach the program. */
  inMode: boolean
  /** Last activity in the window, epoch seconds. */
  activity: number
  startCommand: string
  width: number
  height: number
  cursorX: number
  cursorY: number
  /** Lines above the visible ones. */
  historySize: number
  /** The program shows the alternate screen. */
  alternate: boolean
}

/** A field of a pane, or a user option (`@name`) as seen from the pane: its own, its window's or its session's. */
export type PaneField = keyof PaneFieldTypes | `@${string}`

/** One pane with the fields that were asked for; a user option that is not set is `''`. */
export type PaneRow<F extends readonly PaneField[]> = {
  readonly [K in F[number]]: K extends keyof PaneFieldTypes ? PaneFieldTypes[K] : string
}

interface FieldReader {
  readonly format: string
  read(text: string): unknown
}

const flag = (text: string): boolean => text !== '' && text !== '0'
const optional = (text: string): number | undefined => (text === '' ? undefined : Number(text))
const asText = (text: string): string => text

const readers: {
  readonly [K in keyof PaneFieldTypes]: FieldReader & { read(text: string): PaneFieldTypes[K] }
} = {
  session: { format: 'session_id', read: parseSessionId },
  sessionName: { format: 'session_name', read: asText },
  window: { format: 'window_id', read: parseWindowId },
  windowName: { format: 'window_name', read: asText },
  layout: { format: 'window_layout', read: asText },
  active: { format: 'pane_active', read: flag },
  pane: { format: 'pane_id', read: parsePaneId },
  dead: { format: 'pane_dead', read: flag },
  deadStatus: { format: 'pane_dead_status', read: optional },
  deadSignal: { format: 'pane_dead_signal', read: optional },
  deadAt: { format: 'pane_dead_time', read: optional },
  pid: { format: 'pane_pid', read: Number },
  command: { format: 'pane_current_command', read: asText },
  path: { format: 'pane_current_path', read: asText },
  title: { format: 'pane_title', read: asText },
  inMode: { format: 'pane_in_mode', read: flag },
  activity: { format: 'window_activity', read: Number },
  startCommand: { format: 'pane_start_command', read: asText },
  width: { format: 'pane_width', read: Number },
  height: { format: 'pane_height', read: Number },
  cursorX: { format: 'cursor_x', read: Number },
  cursorY: { format: 'cursor_y', read: Number },
  historySize: { format: 'history_size', read: Number },
  alternate: { format: 'alternate_on', read: flag },
}

const isKnown = (field: string): field is keyof PaneFieldTypes => Object.hasOwn(readers, field)

function readerOf(field: PaneField): FieldReader {
  if (isKnown(field)) return readers[field]
  return { format: requireOptionName(field), read: asText }
}

/** @throws TypeError when `name` is not the name of a user option. */
export function requireOptionName(name: string): string {
  if (/^@[A-Za-z0-9_-]{1,64}$/.test(name)) return name
  throw new TypeError(`not the name of a tmux user option: ${JSON.stringify(name)}`)
}

/**
 * @throws TypeError for a control character other than TAB and LF: tmux 3.4 and 3.5 would give back `\033` for ESC, as they
 * would for those four letters.
 */
export function requireOptionValue(name: string, value: string): string {
  const found = /[\u0000-\u0008\u000b-\u001f\u007f]/.exec(value)
  if (found === null) return value
  const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
  throw new TypeError(`the option ${name} cannot hold the control character U+${code}; TAB and LF it can`)
}

/** Whether the pane is an anchor's, last in a row; no filter, as a pane must not be missing because tmux gave up on it. */
const anchorFormat = '@tmo_anchor'

/** Lists all panes: a row has `separator` before its first value and after each, and a newline at its end. */
export function listLine(fields: readonly PaneField[], separator: string): string {
  const formats = [...fields.map((field) => readerOf(field).format), anchorFormat]
  const row = formats.map((format) => `#{${format}}${separator}`).join('')
  return formatCommand(['list-panes', '-a', '-F', `${separator}${row}`])
}

/** Whether a row would tell of a program's end. */
export function asksForDeath(fields: readonly PaneField[]): boolean {
  return fields.some((field) => field === 'dead' || field === 'deadStatus' || field === 'deadSignal')
}

/** Whether a row tells of an end but not how, though it was asked. */
export function lacksStatus(row: Readonly<Record<string, unknown>>): boolean {
  if (row['dead'] !== true || !Object.hasOwn(row, 'deadStatus')) return false
  return row['deadStatus'] === undefined && row['deadSignal'] === undefined
}

/**
 * The rows in what tmux printed for {@link listLine}, without those of anchors. Values may hold any text but the separator.
 *
 * @throws TmuxError TIMEOUT when tmux gave up on one.
 */
export function parseRows<const F extends readonly PaneField[]>(
  fields: F,
  separator: string,
  lines: readonly string[],
): readonly PaneRow<F>[] {
  const values = lines.join('\n').split(separator)
  const rest = values.pop()
  // What stands between two rows, the values, and whether the pane is an anchor's.
  const width = fields.length + 2
  const isWhole = (at: number): boolean => values[at] === (at === 0 ? '' : '\n')
  const starts = Array.from({ length: Math.ceil(values.length / width) }, (_, index) => index * width)
  const isTold = lines.length === 0 || starts.length > 0
  if (rest !== '' || values.length % width !== 0 || !isTold || !starts.every(isWhole)) {
    throw unfinishedError('what panes there are', lines.join('\n'))
  }
  const columns = fields.map((field) => ({ field, read: readerOf(field).read }))
  const rows: PaneRow<F>[] = []
  for (const start of starts) {
    if (values[start + width - 1] !== '') continue
    const row: Record<string, unknown> = {}
    for (const [index, { field, read }] of columns.entries())
      row[field] = read(values[start + 1 + index] ?? '')
    rows.push(row as PaneRow<F>)
  }
  return rows
}
