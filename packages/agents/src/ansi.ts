/** One screen line: its characters, and which of them are dim or reversed. */
export interface ScreenLine {
  readonly text: string
  readonly cells: readonly Cell[]
}

export interface Cell {
  readonly char: string
  readonly dim: boolean
  readonly reverse: boolean
  readonly hue: Hue
}

/** As much of a colour as a theme keeps: reds and yellows are `warm`, blues and greens `cold`. */
export type Hue = 'none' | 'grey' | 'warm' | 'cold'

interface Style {
  dim: boolean
  reverse: boolean
  hue: Hue
}

/** CSI sequence · OSC sequence · shift in/out and other two-character escapes · any other control character. */
const escapes =
  /\u001b\[([0-9;:?]*)[ -/]*([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b.|[\u0000-\u001f]/y

/** Reads `capture-pane -e` output. Attributes carry over line ends, as tmux prints them. */
export function parseScreen(screen: string): readonly ScreenLine[] {
  const style: Style = { dim: false, reverse: false, hue: 'none' }
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
    cells.push({ char, ...style })
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

/** SGR: 0 resets, 2 dim, 7 reverse, 30–39 and 90–97 the text's colour; 48 and 58 are colours of other things. */
function applyStyle(parameters: string, style: Style): void {
  const codes = parameters.split(';').map((code) => Number.parseInt(code, 10) || 0)
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0
    if (code === 0) Object.assign(style, { dim: false, reverse: false, hue: 'none' })
    else if (code === 2) style.dim = true
    else if (code === 7) style.reverse = true
    else if (code === 22) style.dim = false
    else if (code === 27) style.reverse = false
    else if (code === 39) style.hue = 'none'
    else if (code >= 30 && code <= 37) style.hue = hueOfIndex(code - 30)
    else if (code >= 90 && code <= 97) style.hue = hueOfIndex(code - 82)
    else if (code === 38 || code === 48 || code === 58) {
      const length = codes[index + 1] === 2 ? 4 : 2
      if (code === 38) style.hue = hueOfColour(codes.slice(index + 1, index + 1 + length))
      index += length
    }
  }
}

function hueOfColour([form = 0, first = 0, second = 0, third = 0]: readonly number[]): Hue {
  return form === 2 ? hueOf(first, second, third) : hueOfIndex(first)
}

const named: readonly Hue[] = ['grey', 'warm', 'cold', 'warm', 'cold', 'warm', 'cold', 'grey']

/** The 256 colours: 16 named ones, a cube of six steps, a ramp of greys. */
function hueOfIndex(index: number): Hue {
  if (index < 16) return named[index % 8] ?? 'none'
  if (index >= 232) return 'grey'
  const cube = index - 16
  const step = (size: number): number => (Math.floor(cube / size) % 6) * 51
  return hueOf(step(36), step(6), step(1))
}

function hueOf(red: number, green: number, blue: number): Hue {
  if (Math.max(red, green, blue) - Math.min(red, green, blue) < 40) return 'grey'
  return red >= green && red - blue >= 40 ? 'warm' : 'cold'
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
