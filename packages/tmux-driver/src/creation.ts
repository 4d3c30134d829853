import { stat } from 'node:fs/promises'
import { marksOfSession, marksOfWindow, markUnseen, type UserOptions, userOptions } from './creation-marks.ts'
import { TmuxError } from './errors.ts'
import {
  isPaneId,
  type PaneId,
  parsePaneId,
  parseSessionId,
  parseWindowId,
  type SessionId,
  type WindowId,
} from './ids.ts'
import { escapeFormat, formatList } from './quote.ts'
import type { Block } from './reply-reader.ts'

/** What runs in a new pane, and where. */
export interface PaneSpec {
  /** Directory to start in. A session's default is this process's own, a window's its session's. */
  readonly cwd?: string
  /** Set in the pane (a session's: in all of its panes). */
  readonly env?: Readonly<Record<string, string>>
  /** Program and arguments, run without a shell; default the user's shell. */
  readonly command?: readonly string[]
}

/** A session's name and size, and what runs in its first window. */
export interface NewSessionOptions extends PaneSpec {
  /** Letters, digits, `_` and `-`, at most 64, not beginning with `-`. */
  readonly name: string
  readonly windowName?: string
  /** @defaultValue the handle's size, 220 × 50 */
  readonly size?: { readonly cols: number; readonly rows: number }
  /** Whether the pane stays, dead, when its program ends. @defaultValue false */
  readonly remainOnExit?: boolean
  /** User options to set on the session. */
  readonly options?: UserOptions
  /** User options to set on its first window. */
  readonly windowOptions?: UserOptions
  /** User options to set on its first pane; a pane that a person splits off does not have them. */
  readonly paneOptions?: UserOptions
}

/** A window's session and name, and what runs in it. */
export interface NewWindowOptions extends PaneSpec {
  readonly session: SessionId
  readonly name?: string
  readonly remainOnExit?: boolean
  /** User options to set on the window. */
  readonly options?: UserOptions
  /** User options to set on its pane; a pane that a person splits off does not have them. */
  readonly paneOptions?: UserOptions
}

/** Where a pane goes, and what runs in it. */
export interface NewPaneOptions extends PaneSpec {
  /** The pane to be split, or the window whose active pane is. */
  readonly beside: PaneId | WindowId
  /** Where the new pane goes. @defaultValue 'below' */
  readonly place?: 'below' | 'above' | 'right' | 'left'
  /** Its share of the split pane, in percent. @defaultValue 50 */
  readonly percent?: number
  readonly remainOnExit?: boolean
  /** User options to set on the pane. */
  readonly options?: UserOptions
}

/** The ids of a window that was made, and of its pane. */
export interface CreatedWindow {
  readonly window: WindowId
  readonly pane: PaneId
}

/** The ids of a session that was made, and of its first window and pane. */
export interface CreatedSession extends CreatedWindow {
  readonly session: SessionId
}

/** @throws TmuxError BAD_NAME for a name that tmux would change, or that could be read as a target or a format. */
export function requireName(name: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/.test(name)) return name
  throw new TmuxError('BAD_NAME', `not a name for a session or window: ${JSON.stringify(name)}`, {
    details: { target: name },
    hint: 'Use letters, digits, "_" and "-", at most 64 of them, not beginning with "-".',
  })
}

/** The list of commands that makes a session and marks it, with nothing in between. */
export function newSessionLine(
  o: NewSessionOptions,
  size: { cols: number; rows: number },
  cwd: string,
): string {
  const target = `=${requireName(o.name)}:`
  return formatList([
    [
      ...['new-session', '-d', '-P', '-F', '#{session_id} #{window_id} #{pane_id}', '-s', o.name],
      ...(o.windowName === undefined ? [] : ['-n', requireName(o.windowName)]),
      ...['-x', requireCount(size.cols), '-y', requireCount(size.rows)],
      ...paneArguments({ ...o, cwd }),
    ],
    ...markUnseen(marksOfSession(o), target),
    ...userOptions(['-t', target], o.options),
  ])
}

/**
 * The list of commands that makes a window and marks it. It becomes the last of its session, which is how the
 * commands after the first find it before its id is known here.
 */
export function newWindowLine(o: NewWindowOptions): string {
  const target = `${o.session}:{end}`
  return formatList([
    [
      ...['new-window', '-d', '-a', '-t', target, '-P', '-F', `${o.session} #{window_id} #{pane_id}`],
      ...(o.name === undefined ? [] : ['-n', requireName(o.name)]),
      ...paneArguments(o),
    ],
    ...markUnseen(marksOfWindow(o), target),
  ])
}

const splits = {
  below: ['-v'],
  above: ['-v', '-b'],
  right: ['-h'],
  left: ['-h', '-b'],
} as const

/**
 * The list of commands that splits a pane, marks the new one, and gives the eye back to the pane that had it. The new
 * pane is the active one in between, which is how the commands after the first find it before its id is known here.
 */
export function newPaneLine(o: NewPaneOptions): string {
  const { beside, place = 'below', percent = 50 } = o
  if (!Number.isInteger(percent) || percent < 1 || percent > 99) {
    throw new RangeError(`a share is a whole percentage from 1 to 99, not ${percent}`)
  }
  const target = beside.startsWith('%') ? parsePaneId(beside) : parseWindowId(beside)
  return formatList([
    [
      ...['split-window', '-t', target, ...splits[place], '-l', `${percent}%`],
      ...['-P', '-F', '#{session_id} #{window_id} #{pane_id}', ...paneArguments(o)],
    ],
    ...(o.remainOnExit === true ? [['set-option', '-p', 'remain-on-exit', 'on']] : []),
    ...userOptions(['-p'], o.options),
    ['last-pane'],
  ])
}

/** The ids in the first block of a creation's reply. @throws TmuxError TIMEOUT when tmux gave up on telling them. */
export function parseCreated(block: Block | undefined): CreatedSession {
  const [session = '', window = '', pane = ''] = (block?.lines[0] ?? '').split(' ')
  if (!isPaneId(pane)) {
    throw new TmuxError('TIMEOUT', 'tmux made it, and gave up on telling its id', {
      details: { stderr: block?.lines.join('\n') ?? '', outcome: 'unknown' },
      hint: 'Find it with list(). The machine is so busy that the server was not let run for 100 ms.',
    })
  }
  return { session: parseSessionId(session), window: parseWindowId(window), pane: parsePaneId(pane) }
}

/** Options `-c`, `-e` and the program of a command that starts a pane. */
export function paneArguments(o: PaneSpec): readonly string[] {
  return [
    ...(o.cwd === undefined ? [] : ['-c', escapeFormat(o.cwd)]),
    ...Object.entries(o.env ?? {}).flatMap(([name, value]) => ['-e', `${requireVariable(name)}=${value}`]),
    ...programArguments(o.command),
  ]
}

/** tmux hands a lone argument to a shell; anything longer it runs as it stands. */
function programArguments(command: readonly string[] | undefined): readonly string[] {
  if (command === undefined) return []
  const [program] = command
  if (program === undefined || program === '') throw new TypeError('a command needs a program')
  return command.length > 1 ? ['--', ...command] : ['--', '/bin/sh', '-c', 'exec "$0"', program]
}

function requireVariable(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name
  throw new TypeError(`not the name of an environment variable: ${JSON.stringify(name)}`)
}

export function requireCount(count: number): string {
  if (Number.isInteger(count) && count >= 1 && count <= 10_000) return String(count)
  throw new RangeError(`a size is a whole number from 1 to 10000, not ${count}`)
}

/** @throws TmuxError NO_SUCH_DIRECTORY, where tmux would silently start the program somewhere else. */
export async function requireDirectory(path: string): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw noDirectory(path, cause)
  })
  if (!found.isDirectory()) throw noDirectory(path)
}

function noDirectory(path: string, cause?: unknown): TmuxError {
  return new TmuxError('NO_SUCH_DIRECTORY', `not a directory to start in: ${path}`, {
    details: { target: path },
    hint: 'Create it first, or name another one as cwd.',
    cause,
  })
}
