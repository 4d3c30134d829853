import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Tmux } from '@tmux-orchestrator/tmux-driver'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { builtInRules } from '../src/load-screen-rules.ts'
import { readScreen } from '../src/read-screen.ts'
import { screenFinding } from '../src/screen.ts'
import { fixtureScreen, statesOf } from './fixture-screens.ts'
import { waitFor } from './stage.ts'

/**
 * What tmux makes of a screen that was drawn for 120 columns: `wrap` prints it into a pane of another width; `crop`
 * prints it into the alternate screen of a pane of 120 columns, which is then resized, as a program sees it before it
 * draws anew.
 */
const widths = [60, 80, 200] as const
const drawn = { cols: 120, rows: 40 } as const
const ways = { wrap: '', crop: '\u001b[?1049h' } as const
/** A request of a thousand letters pushes its own question out at the top of a narrow pane; a question it is still, and takes no message. */
const cut = { screen: 'codex permission-long', cols: 80, found: { state: 'waiting-input' } } as const
const time = { now: Date.parse('2026-11-22T15:25:00Z'), timeZone: 'UTC' }

let folder: string
let tmux: Tmux

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tmo-'))
  tmux = await Tmux.open({ socket: { path: join(folder, 's') } })
})
afterAll(async () => {
  await tmux.killServer()
  await tmux.close()
  await rm(folder, { recursive: true, maxRetries: 10 })
})

/** Shows each screen in a real pane of that width and gives what tmux then captures. */
async function showAll(cols: number, way: keyof typeof ways): Promise<ReadonlyMap<string, string>> {
  const screens = statesOf()
  for (const [index, [program, name]] of screens.entries()) {
    const text = fixtureScreen(program, name).replace(/\n+$/, '').replaceAll('\n', '\r\n')
    await writeFile(join(folder, `${index}`), `${ways[way]}${text}\u001b]2;shown ${index}\u0007`)
  }
  const script = 'stty -opost -echo; while read -r name; do printf "\\033c"; cat "$1/$name"; done'
  const size = way === 'wrap' ? { cols, rows: drawn.rows } : drawn
  const { pane, session, window } = await tmux.newSession({
    name: `w${cols}${way}`,
    cwd: folder,
    command: ['/bin/sh', '-c', script, 'show', folder],
    size,
  })
  const shown = new Map<string, string>()
  for (const [index, [program, name]] of screens.entries()) {
    await tmux.type(pane, `${index}`)
    await tmux.keys(pane, 'Enter')
    await waitFor(`${program} ${name} is shown`, async () => {
      const row = (await tmux.list({ fields: ['pane', 'title'] })).find(
        (candidate) => candidate.pane === pane,
      )
      return row?.title === `shown ${index}`
    })
    if (way === 'crop') await tmux.resize(window, { cols, rows: drawn.rows })
    shown.set(`${program} ${name}`, (await tmux.capture(pane, { attributes: true })).text)
    if (way === 'crop') await tmux.resize(window, drawn)
  }
  await tmux.killSession(session)
  return shown
}

describe.each(widths)('every recorded screen in a pane of %i columns', (cols) => {
  it.each(['wrap', 'crop'] as const)('is read as at its own width (%s)', async (way) => {
    const shown = await showAll(cols, way)
    const wrong = statesOf().flatMap(([program, name, expected]) => {
      const text = shown.get(`${program} ${name}`) ?? ''
      const found = screenFinding(readScreen(text, builtInRules(program)), time)
      const screen = `${program} ${name}`
      const known = way === 'wrap' && cols <= cut.cols && screen === cut.screen ? cut.found : expected
      return isAsExpected(found, known, way) ? [] : [{ screen, found, expected: known }]
    })
    expect(wrong).toEqual([])
  })
})

/** Only the end of a limit may be lost, and only where its words are cut off. */
function isAsExpected(found: object, expected: object, way: keyof typeof ways): boolean {
  const told: Record<string, unknown> = { ...found }
  return Object.entries(expected).every(
    ([key, value]) => told[key] === value || (way === 'crop' && key === 'resetAt' && told[key] === undefined),
  )
}
