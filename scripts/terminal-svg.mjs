import Anser from 'anser'

/**
 * @typedef {{ runs: readonly Run[], more: boolean }} Row `more`: it goes on with the line above
 * @typedef {{ text: string, color: string | undefined, bold: boolean, dim: boolean, column: number }} Run a piece of a row in one look
 */

const look = { columns: 110, width: 8.4, height: 18, margin: 16, font: 14, title: 34 }
const colors = { back: '#15191e', text: '#d7dce2', quiet: '#8b949e', prompt: '#7ee787' }
const secondsPerLine = 0.12
const secondsPerFrame = 3.5

/**
 * Screens of a terminal, one after the other for as long as they take to read, as a picture that needs no script. Lines that are wider
 * than the picture are broken.
 *
 * @param {readonly { command: string, lines: readonly string[] }[]} frames
 * @param {string} title
 * @returns {string}
 */
export function formatTerminalSvg(frames, title) {
  const screens = frames.map(({ lines }) => lines.flatMap(breakLine))
  const rows = Math.max(...screens.map((screen) => screen.length))
  const width = look.columns * look.width + 2 * look.margin
  const height = rows * look.height + look.title + look.margin
  const seconds = screens.map((screen) => secondsPerFrame + screen.length * secondsPerLine)
  const total = seconds.reduce((sum, each) => sum + each, 0)
  const percent = (/** @type {number} */ value) => Math.round((value / total) * 1e4) / 100
  let before = 0
  const rules = seconds.map((each, index) => {
    const from = percent(before)
    before += each
    const to = percent(before)
    const start = from === 0 ? '' : `0%{visibility:hidden}`
    return `@keyframes f${index}{${start}${from}%{visibility:visible}${to === 100 ? '' : `${to}%{visibility:hidden}`}}#f${index}{animation:f${index} ${total.toFixed(1)}s step-end infinite}`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${height}" role="img">`,
    `<title>${toXml(title)}</title>`,
    `<style>text{font:${look.font}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:${colors.text}}.b{font-weight:700}.d{fill:${colors.quiet}}`,
    // what stands still, by wish or by nature, shows the end of the first command
    `g{visibility:hidden}#f${Math.min(1, screens.length - 1)}{visibility:visible}`,
    `@media (prefers-reduced-motion:no-preference){${rules.join('\n')}}</style>`,
    `<rect width="100%" height="100%" rx="8" fill="${colors.back}"/>`,
    ...['#ff5f57', '#febc2e', '#28c840'].map(
      (fill, index) => `<circle cx="${20 + index * 20}" cy="18" r="6" fill="${fill}"/>`,
    ),
    ...screens.map((screen, index) => formatScreen(screen, index, frames[index]?.command ?? '')),
    '</svg>\n',
  ].join('\n')
}

/**
 * The screens of a picture that `formatTerminalSvg()` made, without their colours, and with lines whole again.
 *
 * @param {string} svg
 * @returns {{ command: string, lines: readonly string[] }[]}
 */
export function readTerminalSvg(svg) {
  return [...svg.matchAll(/<g id="f\d+" data-command="([^"]*)">([\s\S]*?)<\/g>/g)].map(
    ([, command = '', screen = '']) => ({ command: fromXml(command), lines: readLines(screen) }),
  )
}

/** @param {string} screen */
function readLines(screen) {
  /** @type {string[]} */
  const lines = []
  for (const [, more, row = ''] of screen.matchAll(/<text y="\d+"( class="m")?>(.*?)<\/text>/g)) {
    const text = fromXml(row.replace(/<[^>]*>/g, '')).replaceAll('\u00a0', ' ')
    lines.push((more === undefined ? '' : (lines.pop() ?? '')) + text)
  }
  return lines
}

/** @param {readonly Row[]} screen @param {number} index @param {string} command */
function formatScreen(screen, index, command) {
  const rows = screen.flatMap(({ runs, more }, at) => {
    const y = look.title + (at + 1) * look.height - 5
    const mark = more ? ' class="m"' : ''
    return runs.length === 0 ? [] : [`<text y="${y}"${mark}>${runs.map(formatRun).join('')}</text>`]
  })
  return `<g id="f${index}" data-command="${toXml(command)}">\n${rows.join('\n')}\n</g>`
}

/** Spaces that stay, whatever the viewer makes of others. @param {Run} run */
function formatRun({ text, color, bold, dim, column }) {
  const names = [bold ? 'b' : '', dim ? 'd' : ''].filter((name) => name !== '').join(' ')
  const x = round(look.margin + column * look.width)
  const length = round([...text].length * look.width)
  return `<tspan x="${x}" textLength="${length}"${names === '' ? '' : ` class="${names}"`}${color === undefined ? '' : ` style="fill:${color}"`}>${toXml(text.replaceAll(' ', '\u00a0'))}</tspan>`
}

/** @param {string} line @returns {Row[]} rows of the picture */
function breakLine(line) {
  /** @type {(Row & { runs: Run[] })[]} */
  const rows = [{ runs: [], more: false }]
  let column = 0
  for (const { content, fg, decorations } of Anser.ansiToJson(line, { remove_empty: true })) {
    for (let rest = [...content]; rest.length > 0; ) {
      if (column === look.columns) {
        rows.push({ runs: [], more: true })
        column = 0
      }
      const text = rest.slice(0, look.columns - column)
      rest = rest.slice(text.length)
      rows.at(-1)?.runs.push({
        text: text.join(''),
        color: fg === null || fg === undefined ? undefined : lighten(fg),
        bold: decorations.includes('bold'),
        dim: decorations.includes('dim'),
        column,
      })
      column += text.length
    }
  }
  return rows
}

/** The terminal's own colours are made for a lighter ground. @param {string} rgb as in `0, 187, 0` @returns {string} */
function lighten(rgb) {
  return `rgb(${rgb
    .split(',')
    .map((part) => Math.round(Number(part) * 0.7 + 70))
    .join(',')})`
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 100) / 100
}

/** @param {string} text */
function toXml(text) {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}

/** @param {string} text */
function fromXml(text) {
  return text
    .replace(/&quot;/g, '"')
    .replace(/&gt;/g, '>')
    .replace(/&lt;/g, '<')
    .replace(/&amp;/g, '&')
}
