/** One screen line: its characters, and which of them are dim or reversed. */
export interface ScreenLine {
  readonly text: string
  readonly cells: readonly Cell[]
}

export interface Cell {
  readonly char: string
  readonly dim: boolean
  readonly reverse: boolean
}

interface Style {
  dim: boolean
  reverse: boolean
}

/** CSI sequence · OSC sequence · shift in/out and other two-character escapes · any other control character. */
const escapes =
  /\u001b\[([0-9;:?]*)[ -/]*([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b.|[\u0000-\u001f]/y

/** Reads `capture-pane -e` output. Attributes carry over line ends, as tmux prints them. */
export function parseScreen(screen: string): readonly ScreenLine[] {
  const style: Style = { dim: false, reverse: false }
  return screen.split('\n').map((line) => parseLine(line, style))
}

function parseLine(line: string, style: Style): ScreenLine {
  const cells: Cell[] = []
  let at = 0
  while (at < line.length) {
    escapes.lastIndex = at
    const match = escapes.exec(line)
    if (match) {
      if (match[2] === 'm') applyStyle(match[1] ?? '', style)
      at = escapes.lastIndex
      continue
    }
    const char = String.fromCodePoint(line.codePointAt(at) ?? 32)
    cells.push({ char, dim: style.dim, reverse: style.reverse })
    at += char.length
  }
  return {
    text: cells
      .map((cell) => cell.char)
      .join('')
      .trimEnd(),
    cells,
  }
}

/** SGR: 0 resets, 2 dim, 7 reverse; the arguments of 38, 48 and 58 (colours) are no attributes. */
function applyStyle(parameters: string, style: Style): void {
  const codes = parameters.split(';').map((code) => Number.parseInt(code, 10) || 0)
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index]
    if (code === 0) Object.assign(style, { dim: false, reverse: false })
    else if (code === 2) style.dim = true
    else if (code === 7) style.reverse = true
    else if (code === 22) style.dim = false
    else if (code === 27) style.reverse = false
    else if (code === 38 || code === 48 || code === 58) index += codes[index + 1] === 2 ? 4 : 2
  }
}

/**
 * The text a line really holds: placeholder text is dim, with the cursor reversed on its first character.
 */
export function typedText(cells: readonly Cell[]): string {
  const hasPlaceholder = cells.some((cell) => cell.dim && cell.char.trim() !== '')
  return cells
    .filter((cell) => !cell.dim && !(hasPlaceholder && cell.reverse))
    .map((cell) => cell.char)
    .join('')
}
