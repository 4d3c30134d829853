import type { PaneId } from './ids.ts'
import { formatList } from './quote.ts'
import type { Block } from './reply-reader.ts'
import { unfinishedError } from './unfinished.ts'

/** What a pane shows, and where its cursor is. */
export interface Screen {
  /** `lines`, each but the last followed by a newline. */
  readonly text: string
  /** One per row, trailing spaces cut; empty rows at the end are there. */
  readonly lines: readonly string[]
  /** Column and row of the cursor, from 0, in the visible part. */
  readonly cursor: { readonly x: number; readonly y: number }
  readonly inMode: boolean
  readonly dead: boolean
}

/** How much of a pane is captured, with or without its colours. */
export interface CaptureOptions {
  /** Lines of history above the visible ones; `'all'`: from its beginning. @defaultValue 0 */
  readonly lines?: number | 'all'
  /** Keep colours and attributes as escape sequences. @defaultValue false */
  readonly attributes?: boolean
  /** Join lines that the terminal wrapped. @defaultValue false */
  readonly join?: boolean
  readonly signal?: AbortSignal
}

/** One pane of many that were captured. */
export type CaptureOutcome =
  | { readonly status: 'captured'; readonly pane: PaneId; readonly screen: Screen }
  | {
      readonly status: 'failed'
      readonly pane: PaneId
      /** A TmuxError; a TypeError for what is no pane's id. */
      readonly error: unknown
    }

/** How much of the history. @throws RangeError. */
export function requireLines({ lines = 0 }: CaptureOptions): number | 'all' {
  if (lines === 'all' || (Number.isInteger(lines) && lines >= 0)) return lines
  throw new RangeError(`lines is a whole number or 'all', not ${lines}`)
}

/**
 * The screen and its description in one step; the screen first, as it is the part that others write. By way of a buffer the
 * server frees what it printed, where it does not otherwise.
 */
export function captureLine(pane: PaneId, options: CaptureOptions, buffer?: string): string {
  const { attributes = false, join = false } = options
  const lines = requireLines(options)
  const start = lines === 'all' ? ['-S', '-'] : lines > 0 ? ['-S', String(-lines)] : []
  const how = [...(attributes ? ['-e'] : []), ...(join ? ['-J'] : []), ...start]
  const capture =
    buffer === undefined
      ? [['capture-pane', '-p', '-t', pane, ...how]]
      : [
          ['capture-pane', '-b', buffer, '-t', pane, ...how],
          ['show-buffer', '-b', buffer],
          ['delete-buffer', '-b', buffer],
        ]
  return formatList([
    ...capture,
    ['display-message', '-p', '-t', pane, '#{cursor_x} #{cursor_y} #{pane_in_mode} #{pane_dead}'],
  ])
}

/** The blocks of a capture by way of a buffer as those of a plain one. `isEscaped`: show-buffer writes `\\ooo` for control characters. */
export function fromBuffer(blocks: readonly Block[], isEscaped: boolean): readonly Block[] {
  const [captured, shown, , described] = blocks
  if (captured?.failed !== false || shown === undefined || described === undefined) return blocks
  // A buffer ends with a newline, after which an empty line is shown.
  const lines = shown.lines.slice(0, -1)
  return [{ ...shown, lines: isEscaped ? lines.map(fromOctal) : lines }, described]
}

function fromOctal(line: string): string {
  return line.replace(/\\(\\|[0-3][0-7]{2})/g, (_, code: string) =>
    code === '\\' ? code : String.fromCharCode(Number.parseInt(code, 8)),
  )
}

/** The screen in the two blocks of a capture. @throws TmuxError TIMEOUT when tmux gave up on it. */
export function parseScreen(blocks: readonly Block[]): Screen {
  const [captured, described] = blocks
  const state = /^(\d+) (\d+) (\d+) (\d+)$/.exec(described?.lines[0] ?? '')
  if (captured === undefined || state === null) {
    throw unfinishedError('what a pane shows', described?.lines.join('\n'))
  }
  const [, x, y, mode, dead] = state
  return {
    text: captured.lines.join('\n'),
    lines: captured.lines,
    cursor: { x: Number(x), y: Number(y) },
    inMode: mode !== '0',
    dead: dead === '1',
  }
}
