import { expect, it } from 'vitest'
import { formatTerminalSvg, readTerminalSvg } from './terminal-svg.mjs'

it('a picture holds every line of every screen, broken where it is too wide, without its colours', () => {
  const wide = `${'a < b & "c"  '.repeat(20)}end`
  const frames = [
    { command: 'tmo demo && x "y"', lines: ['\u001b[32m✓\u001b[39m done \u001b[2m1 s\u001b[22m', '', wide] },
    { command: 'tmo', lines: ['  nobody'] },
  ]
  const svg = formatTerminalSvg(frames, 'Two <screens>')
  expect(readTerminalSvg(svg)).toEqual([
    { command: 'tmo demo && x "y"', lines: ['✓ done 1 s', wide] },
    { command: 'tmo', lines: ['  nobody'] },
  ])
  expect(svg).toContain('<title>Two &lt;screens&gt;</title>')
  expect(svg.match(/ y="\d+"/g)?.length).toBeGreaterThan(4)
  expect(svg).not.toContain('\u001b')
})
