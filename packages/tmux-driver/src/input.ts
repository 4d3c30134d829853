import { TmuxError, type TmuxErrorCode } from './errors.ts'
import type { PaneId } from './ids.ts'
import { formatCommand } from './quote.ts'
import type { Block } from './reply-reader.ts'
import { seal, surely, unfinishedError } from './unfinished.ts'

const pasteEnd = /(?:\u001b\[|\u009b)201~/g
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** `text` without what could end a paste or act on a terminal: of all control characters, TAB and LF remain. */
export function sanitizeText(text: string): string {
  return text.replace(pasteEnd, '').replace(/\r\n?/g, '\n').replace(controls, '')
}

const keyName =
  /^(?:[CMS]-)*(?:[!-~]|Enter|Escape|Tab|BTab|Space|BSpace|Up|Down|Left|Right|Home|End|PageUp|PgUp|PPage|PageDown|PgDn|NPage|IC|Insert|DC|Delete|F(?:[1-9]|1[0-2]))$/

/** @throws TypeError for what tmux would type letter by letter because it is no key's name. */
export function requireKey(key: string): string {
  if (keyName.test(key)) return key
  throw new TypeError(`not the name of a tmux key: ${JSON.stringify(key)}; type() sends text`)
}

const refused = 'tmo-refused'

/** What has to stand on a pane's screen at the instant at which something is sent to it. */
export interface Sight {
  /** Letters, digits, blanks and dashes of one line of the screen; `?` is any one character of it. */
  readonly text?: string
  /** Column and row, from 0, as `capture` gives them. */
  readonly cursor?: { readonly x: number; readonly y: number }
}

const always = '#{==:a,a}'

/** Keys would go to the other panes of the window as well. */
const isShared = '#{&&:#{pane_synchronized},#{!=:#{window_panes},1}}'

/**
 * `command`, run only when the pane surely lives, is in no mode, and takes input that is meant for it alone. The test and the command are one step inside the
 * server: tmux 3.3a crashes on a paste into a dead pane, and a test made here would come too early.
 */
export function guardedLine(pane: PaneId, command: readonly string[], sight: Sight = {}): string {
  const asSeen = sightConditions(sight).reduce((before, one) => `#{&&:${before},${one}}`, always)
  const closed = `#{||:#{||:#{pane_dead},#{pane_in_mode}},#{||:#{pane_input_off},${isShared}}}`
  return guarded(`#{&&:#{?${closed},0,1},${asSeen}}`, pane, command, asSeen)
}

/** Formats that are true while all is as it was seen. What they hold is no format itself. */
function sightConditions({ text, cursor }: Sight): readonly string[] {
  if (text !== undefined && !/^[A-Za-z0-9 ?-]{1,200}$/.test(text)) {
    throw new TypeError(
      `not letters, digits, blanks, dashes and ? alone: ${JSON.stringify(text.slice(0, 80))}`,
    )
  }
  const at =
    cursor === undefined
      ? []
      : ([
          ['x', cursor.x],
          ['y', cursor.y],
        ] as const)
  for (const [, value] of at)
    if (!Number.isSafeInteger(value)) throw new RangeError('a cursor has whole numbers')
  return [
    ...(text === undefined ? [] : [`#{C:${text}}`]),
    ...at.map(([axis, value]) => `#{==:#{cursor_${axis}},${value}}`),
  ]
}

/** `command`, run only when the pane lives; whether somebody reads in it makes no difference. */
export function refuseDead(pane: PaneId, command: readonly string[]): string {
  return guarded('#{?pane_dead,0,1}', pane, command)
}

const state = `#{pane_dead} #{?pane_in_mode,1,0} #{pane_input_off} ${isShared}`

function guarded(condition: string, pane: PaneId, command: readonly string[], asSeen = always): string {
  const why = ['display-message', '-p', '-t', pane, `${refused} ${state} #{?${asSeen},0,1} ${seal}`]
  const words = [surely(condition), formatCommand(command), formatCommand(why)]
  return formatCommand(['if-shell', '-F', '-t', pane, ...words])
}

/** Why the guard says no, the first that is so, by its place in {@link state}. */
const refusals = [
  {
    code: 'PANE_DEAD',
    what: (pane) => `the program in pane ${pane} has ended`,
    hint: 'Start it again with respawn(), or kill the pane.',
  },
  {
    code: 'PANE_IN_MODE',
    what: (pane) => `pane ${pane} is in copy mode, or another mode of tmux`,
    hint: 'Somebody reads there: wait, or end it with leaveMode().',
  },
  {
    code: 'PANE_INPUT_OFF',
    what: (pane) => `the input of pane ${pane} is switched off`,
    hint: 'Somebody did that (select-pane -d); select-pane -e switches it on.',
  },
  {
    code: 'PANE_SYNCHRONIZED',
    what: (pane) => `pane ${pane} shares its input with the other panes of its window`,
    hint: 'Somebody did that: set-option -w synchronize-panes off ends it.',
  },
  {
    code: 'SCREEN_CHANGED',
    what: (pane) => `the screen of pane ${pane} is not as it was seen`,
    hint: 'Look again with capture().',
  },
] as const satisfies readonly Refusal[]

interface Refusal {
  readonly code: TmuxErrorCode
  what(pane: PaneId): string
  readonly hint: string
}

/** @throws TmuxError of a {@link refusals | refusal} when the guard said no, TIMEOUT when tmux gave up on it. */
export function requireAccepted(blocks: readonly Block[], pane: PaneId): void {
  const answer = blocks.flatMap((block) => block.lines).find((line) => line.startsWith(refused))
  if (answer === undefined) return
  const flags = answer.split(' ').slice(1)
  const refusal: Refusal | undefined = refusals.find((_, at) => flags[at] === '1')
  if (refusal === undefined || flags[refusals.length] !== '1') {
    throw unfinishedError(`whether pane ${pane} takes input; nothing was sent`, answer)
  }
  const { code, what, hint } = refusal
  throw new TmuxError(code, `${what(pane)}; nothing was sent`, { details: { target: pane }, hint })
}
