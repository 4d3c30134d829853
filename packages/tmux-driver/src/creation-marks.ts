import type { CreatedWindow } from './creation.ts'
import { isPaneId, isWindowId } from './ids.ts'
import { requireOptionName, requireOptionValue } from './pane-fields.ts'
import { formatList } from './quote.ts'
import type { Block } from './reply-reader.ts'

/** User options by name, each beginning with `@`. */
export type UserOptions = Readonly<Record<`@${string}`, string>>

/** What is set on a window and its pane as they are made. */
export interface Marks {
  readonly window: UserOptions
  readonly pane: UserOptions
  readonly remainOnExit: boolean
}

export function marksOfWindow(o: {
  readonly options?: UserOptions
  readonly paneOptions?: UserOptions
  readonly remainOnExit?: boolean
}): Marks {
  return { window: o.options ?? {}, pane: o.paneOptions ?? {}, remainOnExit: o.remainOnExit === true }
}

export function marksOfSession(o: {
  readonly windowOptions?: UserOptions
  readonly paneOptions?: UserOptions
  readonly remainOnExit?: boolean
}): Marks {
  return marksOfWindow({ ...o, options: o.windowOptions ?? {} })
}

/** `set-option` for each. */
export function userOptions(scope: readonly string[], options: UserOptions = {}): string[][] {
  return Object.entries(options).map(([name, value]) => {
    return ['set-option', ...scope, '--', requireOptionName(name), requireOptionValue(name, value)]
  })
}

/**
 * Marks what stands where something new is expected, and tells first what that is: a hook of the user (`after-new-window`) may have put
 * something else there. What is set there already stays.
 */
export function markUnseen(marks: Marks, target: string): string[][] {
  const commands = markCommands(marks, { window: target, pane: target }, ['-o', '-q'])
  if (commands.length === 0) return []
  const wasSet = [...Object.keys(marks.window), ...Object.keys(marks.pane)].map((name) => `#{?${name},1,0}`)
  const format = `#{window_id} #{pane_id} ${wasSet.join(' ')}`
  return [['display-message', '-p', '-t', target, format], ...commands]
}

/** Lines that put right what {@link markUnseen} did to something else than `made`; none where it did not. */
export function remarkLines(marks: Marks, made: CreatedWindow, seen: Block | undefined): readonly string[] {
  const isMarked = markCommands(marks, made, []).length > 0
  if (!isMarked || seen === undefined) return []
  const [windowId = '', paneId = '', ...wasSet] = (seen.lines[0] ?? '').split(' ')
  // Where tmux gave up on telling what it marked, what it made is marked at any rate.
  if (!isWindowId(windowId) || !isPaneId(paneId)) return [formatList(markCommands(marks, made, []))]
  const marked = { window: windowId, pane: paneId }
  const isUnset = (at: number): boolean => wasSet[at] === '0'
  const windowNames = Object.keys(marks.window)
  const elsewhere: Marks = {
    window: marked.window === made.window ? {} : marks.window,
    pane: marked.pane === made.pane ? {} : marks.pane,
    remainOnExit: marked.pane !== made.pane && marks.remainOnExit,
  }
  const unset = (scope: string, target: string, options: UserOptions, offset: number): string[][] =>
    Object.keys(options)
      .filter((_, at) => isUnset(offset + at))
      .map((name) => ['set-option', scope, '-u', '-t', target, name])
  const undo = [
    ...unset('-w', marked.window, elsewhere.window, 0),
    ...unset('-p', marked.pane, elsewhere.pane, windowNames.length),
    ...(elsewhere.remainOnExit ? [['set-option', '-p', '-u', '-t', marked.pane, 'remain-on-exit']] : []),
  ]
  return [markCommands(elsewhere, made, []), undo].filter((list) => list.length > 0).map(formatList)
}

function markCommands(
  { window, pane, remainOnExit }: Marks,
  targets: { readonly window: string; readonly pane: string },
  flags: readonly string[],
): string[][] {
  const onPane = ['-p', ...flags, '-t', targets.pane]
  const remain = remainOnExit ? [['set-option', ...onPane, 'remain-on-exit', 'on']] : []
  return [
    ...remain,
    ...userOptions(['-w', ...flags, '-t', targets.window], window),
    ...userOptions(onPane, pane),
  ]
}
