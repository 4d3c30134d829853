import { textWidth, wrapText } from './char-width.ts'
import { type Box, boxText, type Dialog, statusLine } from './prompt-box.ts'
import type { Prompt } from './prompt-rules.ts'
import type { Picture, Size } from './screen.ts'

/** How one program draws its prompt box, its dialogs, its messages and its title. */
export interface Look {
  readonly box: (box: Box, size: Size) => Picture
  readonly dialog: (dialog: Dialog, size: Size) => Picture
  /** What stands before what a user said, and before what the agent says. */
  readonly marks: { readonly user: string; readonly agent: string }
  /** A line that ends a turn. */
  readonly turnEnd?: string
  readonly title?: (state: 'idle' | 'working' | 'asking', folder: string) => string
}

const dialogLines = 12
const dim = (text: string): string => `\x1b[2m${text}\x1b[22m`
const rule = (columns: number, char = '─'): string => char.repeat(Math.max(12, columns - 1))

/** The lines of the text in a box, as many as fit, and whether there are any. */
function rowsOf(box: Box, width: number, rowsMax: number): readonly string[] {
  return wrapText(boxText(box), Math.max(8, width)).slice(-Math.max(1, rowsMax))
}

function subjectLines({ subject }: Dialog, columns: number): readonly string[] {
  return wrapText(subject, Math.max(8, columns - 4)).slice(0, dialogLines)
}

interface Frame {
  readonly above: readonly string[]
  readonly below: readonly string[]
  /** Before the first line of the text. */
  readonly first: string
  /** Before every other line. */
  readonly more: string
  /** Dim text in an empty box. */
  readonly ghost: string
}

function frameBox(box: Box, size: Size, frame: Frame): Picture {
  const { above, below, first, more } = frame
  const width = size.columns - textWidth(first) - 2
  const rows = rowsOf(box, width, size.rows - above.length - below.length - 2)
  const isEmpty = boxText(box) === ''
  const text = rows.map((row, index) => `${index === 0 ? first : more}${row}`)
  const shown = isEmpty ? [`${first}${dim(frame.ghost.slice(0, Math.max(0, width)))}`] : text
  const last = text.at(-1) ?? first
  return {
    lines: [...above, ...shown, ...below],
    cursor: { row: above.length + shown.length - 1, column: textWidth(isEmpty ? first : last) },
  }
}

function choose(lines: readonly string[], mark: RegExp): Picture {
  const row = Math.max(
    0,
    lines.findIndex((line) => mark.test(line)),
  )
  return { lines, cursor: { row, column: 1 } }
}

const sim: Look = {
  marks: { user: '❯', agent: '●' },
  box: (box, size) => {
    const inner = Math.max(12, size.columns) - 5
    const rows = rowsOf(box, inner - 2, size.rows - 5)
    const framed = rows.map((row, index) => {
      const text = `${index === 0 ? '>' : ' '} ${row}`
      return `│ ${text}${' '.repeat(Math.max(0, inner - textWidth(text)))} │`
    })
    const bar = '─'.repeat(inner + 2)
    return {
      lines: [`╭${bar}╮`, ...framed, `╰${bar}╯`, `  ${statusLine(box)}`],
      cursor: { row: rows.length, column: 4 + textWidth(rows.at(-1) ?? '') },
    }
  },
  dialog: (dialog, { columns }) => {
    const subject = subjectLines(dialog, columns).map((line) => ` ${line}`)
    const question = [' Do you want to proceed?', ' ❯ 1. Yes', '   2. No', '', ' Esc to cancel']
    return choose([rule(columns), ` ${dialog.title}`, ...subject, ...question], /❯ 1/)
  },
}

const claude: Look = {
  marks: sim.marks,
  box: (box, size) => {
    const status = box.busy ? 'esc to interrupt' : '? for shortcuts'
    const queued = box.queued > 0 ? 'Press up to edit queued messages' : 'Try "fix the tests"'
    const below = [rule(size.columns), `  ⏸ manual mode on · ${status}`]
    return frameBox(box, size, { above: [rule(size.columns)], below, first: '❯ ', more: '  ', ghost: queued })
  },
  dialog: (dialog, { columns }) => {
    const subject = subjectLines(dialog, columns).map((line) => ` ${line}`)
    const thin = rule(columns, '╌')
    const choices = [
      ' ❯ 1. Yes',
      '   2. Yes, and always allow it',
      '   3. Yes, and switch to auto mode',
      '   4. No',
    ]
    const end = ['', ' Esc to cancel · Tab to amend']
    const top = [rule(columns), ` ${dialog.title}`, thin, ...subject, thin]
    return choose([...top, ' Do you want to proceed?', ...choices, ...end], /❯ 1/)
  },
  title: (state) => `${state === 'working' ? '◐' : '✳'} Claude Code`,
}

const codex: Look = {
  marks: { user: '›', agent: '•' },
  turnEnd: '  Worked for 0s',
  box: (box, size) => {
    const below = ['', '  Simulated default · /simulated', '  ← for agents · ? for shortcuts']
    const ghost = 'Ask Codex to do anything'
    return frameBox(box, size, { above: [''], below, first: '› ', more: '  ', ghost })
  },
  dialog: (dialog, { columns }) => {
    const [command = '', ...more] = subjectLines(dialog, columns)
    const choices = [
      '› 1. Yes, proceed (y)',
      '  2. Yes, and don’t ask again (p)',
      '  3. No, and tell Codex what to do differently (esc)',
    ]
    const question = ['  Would you like to run the following command?', '']
    const subject = [`  $ ${command}`, ...more.map((line) => `    ${line}`), '']
    return choose(
      [...question, ...subject, ...choices, '', '  Press enter to confirm or esc to cancel'],
      /› 1/,
    )
  },
  title: (state, folder) =>
    ({ idle: folder, working: `⠹ ${folder}`, asking: `[ ! ] Action Required | ${folder}` })[state],
}

const gemini: Look = {
  marks: { user: ' >', agent: '✦' },
  box: (box, size) => {
    const thinking = box.busy ? [' ⠼ Thinking… (esc to cancel, 2s)'] : []
    const above = [...thinking, rule(size.columns), ' Shift+Tab to accept edits', rule(size.columns, '▄')]
    const below = [rule(size.columns, '▀'), ' workspace (/directory)   /model', ' /simulated   Auto']
    const ghost = '  Type your message or @path/to/file'
    return frameBox(box, size, { above, below, first: ' > ', more: '   ', ghost })
  },
  dialog: (dialog, { columns }) => {
    const inner = Math.max(30, columns - 5)
    const side = (text: string): string => `│ ${text}${' '.repeat(Math.max(0, inner - textWidth(text)))} │`
    const choices = ['● 1. Allow once', '  2. Allow for this session', '  3. No, suggest changes (esc)']
    const subject = subjectLines(dialog, columns - 14)
    const text = [
      `? Shell  ${subject[0] ?? ''}`,
      ...subject.slice(1),
      'Allow execution of [Shell]?',
      '',
      ...choices,
    ]
    return choose([`╭${'─'.repeat(inner + 2)}╮`, ...text.map(side), `╰${'─'.repeat(inner + 2)}╯`], /● 1/)
  },
  title: (state, folder) =>
    ({
      idle: `◇  Ready (${folder})`,
      working: `✦  Working… (${folder})`,
      asking: `✋  Action Required (${folder})`,
    })[state],
}

const opencode: Look = {
  marks: { user: '  ┃ ', agent: '    ' },
  box: (box, size) => {
    const status = box.busy ? '   ⬝⬝⬝⬝⬝⬝⬝⬝  esc interrupt' : '   tab agents  ctrl+p commands'
    const end = `  ╹${'▀'.repeat(Math.max(8, size.columns - 5))}`
    const below = ['  ┃', '  ┃  Build · Simulated', end, status]
    const ghost = 'Ask anything… "What is the tech stack of this project?"'
    return frameBox(box, size, { above: ['', '  ┃'], below, first: '  ┃  ', more: '  ┃  ', ghost })
  },
  dialog: (dialog, { columns }) => {
    const subject = subjectLines(dialog, columns - 4).map((line) => `  ┃    ${line}`)
    const choices = '  ┃   Allow once   Allow always   Reject      ⇆ select  enter confirm'
    return choose(['', '  ┃', '  ┃  △ Permission required', ...subject, '  ┃', choices, '  ┃'], /Allow once/)
  },
  title: (_state, folder) => `OC | ${folder}`,
}

/** How each program looks. */
export const looks: Readonly<Record<Prompt, Look>> = { sim, claude, codex, gemini, opencode }
