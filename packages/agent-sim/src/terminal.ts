import { type InputEvent, InputParser } from './input-parser.ts'
import type { Box } from './prompt-box.ts'
import { drawBox, drawMessage, type Size } from './screen.ts'

export interface TerminalEvents {
  /** Every read, before it is understood. */
  received(bytes: Uint8Array): void
  input(event: InputEvent): void
  /** The terminal is gone. */
  closed(): void
}

export interface Terminal {
  /** Switches bracketed paste on and shows the box from now on. */
  open(box: Box): void
  /** Shows the box, once per turn of the event loop however often it is called. */
  show(box: Box): void
  /** A message that scrolls by above the box. */
  say(mark: string, text: string): void
  /** Lines that scroll by as they are. */
  print(lines: readonly string[]): void
  title(text: string): void
  /** Leaves the terminal as it was found. */
  close(): void
}

const escapeWaitMs = 30
const keptLines = 200

/** Takes over the terminal that this process has as stdin and stdout: raw mode, but nothing is drawn before `open`. */
export function openTerminal(events: TerminalEvents): Terminal {
  const { stdin, stdout } = process
  const parser = new InputParser()
  const log: string[] = []
  let fresh: string[] = []
  let current: Box | undefined
  let cursorRow = 0
  let scheduled = false
  let escapeTimer: NodeJS.Timeout | undefined

  const size = (): Size => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 })
  const paint = (start: string): void => {
    if (current === undefined) return
    const { lines, cursor } = drawBox(current, size())
    const up = lines.length - 1 - cursor.row
    const above = fresh.map((line) => `${line}\r\n`).join('')
    const back = `${up > 0 ? `\x1b[${up}A` : ''}\x1b[${cursor.column + 1}G`
    stdout.write(`${start}\x1b[J${above}${lines.join('\r\n')}${back}`)
    fresh = []
    cursorRow = cursor.row
  }
  const redraw = (): void => {
    scheduled = false
    paint(`\r${cursorRow > 0 ? `\x1b[${cursorRow}A` : ''}`)
  }
  const repaint = (): void => {
    fresh = log.slice(-Math.max(0, size().rows - 6))
    paint('\x1b[H\x1b[2J')
  }
  const print = (lines: readonly string[]): void => {
    fresh.push(...lines)
    log.push(...lines)
    if (log.length > keptLines) log.splice(0, log.length - keptLines)
  }
  const onData = (bytes: Uint8Array): void => {
    clearTimeout(escapeTimer)
    events.received(bytes)
    for (const event of parser.feed(bytes)) events.input(event)
    if (parser.pending) escapeTimer = setTimeout(() => parser.flush().forEach(events.input), escapeWaitMs)
  }
  stdin.setRawMode(true)
  stdin.on('data', onData)
  stdin.once('end', events.closed)
  stdin.once('error', events.closed)
  stdout.once('error', events.closed)
  stdout.on('resize', repaint)
  return {
    open: (box) => {
      current = box
      stdout.write('\x1b[?2004h')
      redraw()
    },
    show: (box) => {
      if (current === undefined) return
      current = box
      if (scheduled) return
      scheduled = true
      setImmediate(redraw)
    },
    say: (mark, text) => print(drawMessage(mark, text, size())),
    print,
    title: (text) => stdout.write(`\x1b]2;${text}\x07`),
    close: () => {
      clearTimeout(escapeTimer)
      stdout.off('resize', repaint)
      stdin.off('data', onData)
      redraw()
      current = undefined
      stdout.write('\x1b[?2004l\r\n')
      stdin.setRawMode(false)
      stdin.pause()
    },
  }
}
