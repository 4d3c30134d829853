import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { expectations, fixtureScreen, fixtureTitle, statesOf } from '../test/fixture-screens.ts'
import { builtInRules, type RuledProgram } from './load-screen-rules.ts'
import { readScreen } from './read-screen.ts'
import { type ScreenReading, screenFinding } from './screen.ts'
import { titleState } from './title.ts'

const fixtures = new URL('../fixtures/', import.meta.url)
const rule = '─'.repeat(60)
const boxOf = (draft: string, above = 'hello'): string =>
  `${above}\n${rule}\n❯ ${draft}\n${rule}\n  ⏸ manual mode on`
const claude = (text: string): ReturnType<typeof readScreen> => readScreen(text, builtInRules('claude'))
const command = (text: string): ReturnType<typeof readScreen> => readScreen(text, builtInRules('command'))
const sim = (text: string): ReturnType<typeof readScreen> => readScreen(text, builtInRules('sim'))
/** 17:00 UTC on the day that the screens were recorded. */
const time = { now: Date.parse('2026-11-22T15:25:00Z'), timeZone: 'UTC' }

function finding(program: RuledProgram, text: string): ReturnType<typeof screenFinding> {
  return screenFinding(readScreen(text, builtInRules(program)), time)
}

describe('every recorded screen, alone', () => {
  it('has an expectation', () => {
    for (const program of ['claude', 'codex', 'gemini', 'opencode'] as const) {
      const names = readdirSync(new URL(`${program}/`, fixtures))
        .filter((name) => name.endsWith('.ansi'))
        .map((name) => name.replace('.ansi', ''))
      expect(Object.keys(expectations[program]).toSorted(), program).toEqual(names.toSorted())
    }
  })

  it.each(statesOf())('of %s: %s', (program, name, expected) => {
    expect(finding(program, fixtureScreen(program, name))).toMatchObject(expected)
  })

  it('has an empty box where there is a prompt, whatever grey text the program puts into it', () => {
    for (const [program, name] of statesOf()) {
      const reading = readScreen(fixtureScreen(program, name), builtInRules(program))
      if (reading.kind === 'prompt') expect(reading.box, `${program} ${name}`).toBe('')
    }
  })

  it('is not read as a prompt by another program’s rules', () => {
    for (const [program, name] of statesOf()) {
      for (const other of ['claude', 'codex', 'gemini', 'opencode', 'sim'] as const) {
        if (other === program) continue
        const reading = readScreen(fixtureScreen(program, name), builtInRules(other))
        expect(reading.kind, `${program} ${name} by ${other}`).not.toBe('prompt')
      }
    }
  })
})

describe('a dialog', () => {
  it.each([
    ['claude', 'trust-dialog', 'start'],
    ['claude', 'apikey-approval', 'start'],
    ['claude', 'bypass-dialog', 'start'],
    ['claude', 'question', 'question'],
    ['codex', 'first-start', 'start'],
    ['codex', 'hooks-review', 'start'],
    ['codex', 'model-migration-dialog', 'start'],
    ['codex', 'trust-dialog', 'start'],
    ['gemini', 'auth-dialog', 'start'],
    ['gemini', 'trust-dialog', 'start'],
    ['opencode', 'permission', 'permission'],
  ] as const)('of %s in %s is told by what it asks for: %s', (program, name, asks) => {
    expect(readScreen(fixtureScreen(program, name), builtInRules(program))).toMatchObject({
      kind: 'dialog',
      asks,
    })
  })
})

describe('the title of every recorded screen', () => {
  it.each(statesOf())('of %s: that of %s says the same as the screen, or less', (program, name, expected) => {
    const state = titleState(fixtureTitle(program, name))
    // the question of Gemini CLI at a limit stands under a title that tells of work
    if (name === 'usage-limit') expect(state).toBe('working')
    else if (program === 'codex' || program === 'gemini') {
      const live = ['working', 'blocked-permission'].includes(expected.state)
      expect(live ? state : (state ?? 'idle')).toBe(live ? expected.state : 'idle')
    } else if (expected.state === 'working' && program === 'claude') expect(state).toBe('working')
    else expect(['idle', undefined]).toContain(state)
  })
})

describe('a limit on a screen', () => {
  it('has the instant of the banner that names its zone', () => {
    const text = fixtureScreen('claude', 'usage-limit-subscription').replace('(UTC)', '(Asia/Tokyo)')
    expect(finding('claude', text)).toMatchObject({ resetAt: Date.parse('2026-11-23T08:20:00Z') })
  })

  it('is that of the newest turn, also where only an older one names a zone', () => {
    const red = (text: string): string => `  ⎿  \u001b[38;2;255;107;128m${text}\u001b[39m`
    const older = `❯ go\n${red("You've hit your 5-hour limit · resets 4pm (Asia/Tokyo)")}`
    const newer = `❯ again\n${red("You've hit your 5-hour limit · resets 6pm")}`
    expect(finding('claude', boxOf('', `${older}\n\n${newer}`))).toMatchObject({
      state: 'limited',
      resetAt: Date.parse('2026-11-22T18:00:00Z'),
    })
  })

  it('is over with the next message: an older banner further up does not count', () => {
    const shown = fixtureScreen('claude', 'usage-limit-subscription').split('\n')
    const box = shown.findIndex((line) => line.includes('─'.repeat(20)))
    const upTo = shown.slice(0, box)
    const under = shown.slice(box, box + 3)
    const footer = shown.filter((line) => line.includes('manual mode on'))
    expect(finding('claude', [...upTo, ...under, ...footer].join('\n'))).toMatchObject({ state: 'limited' })
    const later = [...upTo, '❯ go on', '', '● done', '', ...under, ...footer].join('\n')
    expect(finding('claude', later)).toEqual({ state: 'idle' })
  })
})

describe('a prompt of Claude Code', () => {
  it('gives the draft that a human left in the box', () => {
    expect(claude(boxOf('please do not touch\n  my second line'))).toMatchObject({
      kind: 'prompt',
      box: 'please do not touch\nmy second line',
    })
  })

  it('is a dialog when one stands below a box that the agent printed itself', () => {
    const fake = `${boxOf('')}\n Do you want to proceed?\n ❯ 1. Yes\n   2. No\n Esc to cancel`
    expect(claude(fake).kind).toBe('dialog')
  })

  it('is not read as a prompt in shell mode, where the mark is another', () => {
    expect(claude(`${rule}\n! rm\n${rule}`).kind).toBe('unknown')
  })

  it.each([
    "● You've hit your 5-hour limit · resets 5:20pm (UTC)",
    '● API Error: 500 Internal server error.',
    '● I saw this:\n\n  API Error: Request rejected (429)',
    '● It asks:\n  Do you want to proceed?\n  ❯ 1. Yes\n    2. No\n  Esc to cancel',
    '● Press ❯ and @ to mention a file, then esc to interrupt.',
    '● Usage limit reached · set to continue automatically at 5:20pm',
    '  ⎿  Credit balance too low · Add funds',
  ])('stays idle when the agent only talks: %j', (above) => {
    expect(screenFinding(claude(boxOf('', `❯ what happened\n\n${above}`)), time)).toEqual({ state: 'idle' })
  })

  it('stays idle when a tool failed and the agent quotes it', () => {
    const red = '\u001b[38;2;255;107;128m'
    const above = `❯ go\n\n● Bash(./run)\n  ⎿  ${red}Error: Exit code 1\n     Invalid API key\u001b[39m`
    expect(screenFinding(claude(boxOf('', above)), time)).toEqual({ state: 'idle' })
  })
})

describe('talk on the screens of other programs', () => {
  const codexBox =
    '\n\n› \u001b[2mAsk Codex to do anything\u001b[0m\n\n  GPT-5.5 default · /home/tree\n  ? for shortcuts'
  it.each([
    "• You've hit your usage limit. Try again at 4:26 PM.\n\n  Worked for 3s • 15:26",
    '• ■ Quota exceeded\n\n  Worked for 3s • 15:26',
    '• Would you like to run the following command?\n  › 1. Yes, proceed (y)\n\n  Worked for 3s • 15:26',
  ])('of Codex is idle: %j', (above) => {
    expect(finding('codex', `› hi\n\n${above}${codexBox}`)).toEqual({ state: 'idle' })
  })

  it.each([
    '✦ ✕ [API Error: 401]',
    '✦ Allow execution of [Shell]?\n  ● 1. Allow once',
    '✦ the limit resets 5pm',
  ])('of Gemini is idle: %j', (above) => {
    const box = `${'▄'.repeat(40)}\n >   Type your message or @path/to/file\n${'▀'.repeat(40)}\n workspace (/directory)`
    expect(finding('gemini', ` > hi\n\n${above}\n\n${box}`)).toEqual({ state: 'idle' })
  })

  it('of opencode is idle', () => {
    const box = '  ┃\n  ┃  Build · Model\n  ╹▀▀▀▀▀▀▀▀\n   /home/tree  ctrl+p commands'
    const talk = '     Permission required: invalid x-api-key\n     ▣  Build · Model · 2s'
    expect(finding('opencode', `  ┃  hi\n\n${talk}\n\n${box}`)).toEqual({ state: 'idle' })
  })
})

describe('a screen of a program without an adapter', () => {
  const dialogs = statesOf().filter(
    ([, , { state }]) => state === 'blocked-permission' || state === 'waiting-input',
  )
  it.each(dialogs)('of %s is a dialog when it shows %s', (program, name) => {
    const kinds = ['dialog', ...(name === 'first-start' ? ['unknown'] : [])]
    expect(kinds).toContain(command(fixtureScreen(program, name)).kind)
  })

  it.each([
    ['codex', 'idle'],
    ['codex', 'working'],
    ['gemini', 'idle'],
    ['gemini', 'working'],
    ['opencode', 'idle'],
    ['opencode', 'working'],
  ] as const)('of %s is no dialog when it shows %s', (program, name) => {
    expect(command(fixtureScreen(program, name)).kind).toBe('unknown')
  })

  it.each(['Overwrite file? [y/N]', 'Continue (yes/no)?', "root's password:", 'Username for https://x:'])(
    'is a dialog when it ends in %j, and none when it went on since',
    (line) => {
      expect(command(`some output\n${line} `).kind).toBe('dialog')
      expect(command(`some output\n${line} \nmore output`).kind).toBe('unknown')
    },
  )
})

describe('a screen of the simulated agent', () => {
  const frame = (...lines: string[]): string =>
    [
      'welcome',
      `╭${'─'.repeat(20)}╮`,
      ...lines.map((line) => `│ ${line.padEnd(19)}│`),
      `╰${'─'.repeat(20)}╯`,
      ' idle',
    ].join('\n')

  it('gives every line of a draft', () => {
    const expected: ScreenReading = { kind: 'prompt', box: 'one\ntwo', working: false }
    expect(sim(frame('> one', '  two'))).toEqual(expected)
  })

  it('is a dialog when it asks, whatever else is shown', () => {
    expect(sim(`${frame('> ')}\nDo you want to proceed?\n❯ 1. Yes\n  2. No\nEsc to cancel`).kind).toBe(
      'dialog',
    )
  })
})
