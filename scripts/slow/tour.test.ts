import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../say.mjs'
import { plain, steady } from '../steady.mjs'
import { readTerminalSvg } from '../terminal-svg.mjs'
import { recordTour } from '../tour.mjs'

const bare = (lines: readonly string[]): readonly string[] =>
  [...new Set(lines.map((line) => steady(plain(line))))].filter((line) => line !== '').sort()

it('docs/tour.svg shows what the same commands show today; if not: npm run tour', async () => {
  const shown = readTerminalSvg(readFileSync(join(root, 'docs/tour.svg'), 'utf8'))
  const recorded = await recordTour()
  expect(shown.map(({ command }) => command)).toEqual(recorded.map(({ command }) => command))
  for (const [index, { command, live, lines }] of recorded.entries()) {
    expect(lines.length, command).toBeGreaterThan(2)
    if (!live) expect(bare(shown[index]?.lines ?? []), command).toEqual(bare(lines))
  }
})
