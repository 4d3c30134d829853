/** `850 ms`, `4.2 s`, `3 m 05 s`, `2 h 10 m`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  const positive = Math.max(0, Math.round(ms))
  if (positive < 1000) return `${positive} ms`
  if (positive < 59_950) return `${(positive / 1000).toFixed(1)} s`
  const seconds = Math.round(positive / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${two(Math.floor((seconds % 3600) / 60))} m`
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** How many terminal cells a text takes: escapes and combining marks none, East Asian wide characters and emoji two. */
export function textWidth(text: string): number {
  let width = 0
  for (const character of text.replace(escapes, '')) width += cellsOf(character)
  return width
}

const escapes = /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g
const zero = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]$/u
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u

function cellsOf(character: string): number {
  if (zero.test(character)) return 0
  return wide.test(character) ? 2 : 1
}

/**
 * Rows as aligned columns, two spaces apart, without trailing spaces; one line per row, the header first when given.
 * Cells are made plain except for colours; empty rows and no header give an empty text.
 */
export function formatTable(rows: readonly (readonly string[])[], header?: readonly string[]): string {
  const lines = (header === undefined ? rows : [header, ...rows]).map((row) => row.map(toSingleLine))
  const widths: number[] = []
  for (const row of lines) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, textWidth(cell))
  }
  return lines
    .map((row) =>
      row
        .map((cell, index) => pad(cell, widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function pad(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - textWidth(cell)))
}

/** The text cut to so many cells, its end replaced by `…` where something is missing. */
export function cutToWidth(text: string, cells: number): string {
  if (textWidth(text) <= cells) return text
  let cut = ''
  let width = 1
  for (const character of text) {
    width += cellsOf(character)
    if (width > cells) break
    cut += character
  }
  return `${cut}…`
}

/** Line breaks and the space around them become one space. */
export function toSingleLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ')
}

/**
 * Text of unknown origin, safe to print: escape sequences removed, other control characters except newline and tab shown as `�`,
 * characters that reorder text removed.
 */
export function toPlainText(text: string): string {
  return text
    .replace(escapes, '')
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/\r\n/g, '\n')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd')
}
