import { isPaneId, type PaneId } from './ids.ts'

/** What a control client is told outside of replies, as far as it bears on output. */
export type OutputLine =
  /** `data` is still escaped; one character a byte. */
  | { readonly type: 'output'; readonly pane: PaneId; readonly data: string }
  /** The server holds this pane back, because the client was too slow. */
  | { readonly type: 'paused'; readonly pane: PaneId }
  /** Windows or panes came, went or moved. */
  | { readonly type: 'changed' }

const changes = /^%(sessions-changed|(unlinked-)?window-(add|close)|layout-change)\b/

/** Reads a line of a client that was asked for output; `undefined` for those that say nothing of it. */
export function parseOutputLine(line: string): OutputLine | undefined {
  if (line.startsWith('%extended-output ')) {
    const data = line.indexOf(' : ', 17)
    return data < 0 ? undefined : output(line.slice(17, line.indexOf(' ', 17)), line.slice(data + 3))
  }
  if (line.startsWith('%output ')) {
    const space = line.indexOf(' ', 8)
    return space < 0 ? undefined : output(line.slice(8, space), line.slice(space + 1))
  }
  if (line.startsWith('%pause ')) {
    const pane = line.slice(7)
    return isPaneId(pane) ? { type: 'paused', pane } : undefined
  }
  return changes.test(line) ? { type: 'changed' } : undefined
}

function output(pane: string, data: string): OutputLine | undefined {
  return isPaneId(pane) ? { type: 'output', pane, data } : undefined
}

const backslash = 0x5c
const zero = 0x30

/** How many bytes escaped output stands for: tmux writes a control character or a backslash as `\ooo`, the rest as it is. */
export function outputLength(data: string): number {
  let length = data.length
  for (let at = data.indexOf('\\'); at >= 0; at = data.indexOf('\\', at + 4)) length -= 3
  return length
}

/** Writes the bytes that escaped output stands for, and answers where they end. */
export function decodeOutput(data: string, into: Uint8Array, start: number): number {
  let end = start
  for (let at = 0; at < data.length; at += 1) {
    const code = data.charCodeAt(at)
    if (code === backslash) {
      into[end] =
        ((data.charCodeAt(at + 1) - zero) << 6) |
        ((data.charCodeAt(at + 2) - zero) << 3) |
        (data.charCodeAt(at + 3) - zero)
      at += 3
    } else {
      into[end] = code
    }
    end += 1
  }
  return end
}
