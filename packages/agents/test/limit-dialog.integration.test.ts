import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TemporaryServer, temporaryServer } from '@tmux-orchestrator/tmux-driver/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ClaudeAdapter } from '../src/claude.ts'
import { GeminiAdapter } from '../src/gemini.ts'
import { type AgentAdapter, closeLimitDialog, type LimitOutcome, type PaneIo } from '../src/index.ts'
import { recordStart } from '../src/version-range.ts'

let server: TemporaryServer
let folder: string
beforeAll(async () => {
  server = await temporaryServer()
  folder = await mkdtemp(join(tmpdir(), 'tmo-limit-'))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const dialogs = {
  claude: {
    adapter: () => new ClaudeAdapter({ HOME: folder }),
    version: '2.1.197',
    goesOn: false,
    key: '\u001b',
    lines: [
      '─'.repeat(60),
      '  What do you want to do?',
      '',
      '  ❯ 1. Stop and wait for limit to reset',
      '    2. Upgrade your plan',
      '',
      '  Enter to confirm · Esc to cancel',
    ],
  },
  gemini: {
    adapter: () => new GeminiAdapter({ HOME: folder }),
    version: '0.61.0',
    goesOn: true,
    key: '\r',
    lines: [
      `╭${'─'.repeat(58)}╮`,
      '│ Usage limit reached for gemini-3.8-flash.                │',
      '│ Access resets at 7:03 AM UTC.                            │',
      '│                                                          │',
      '│ ● 1. Keep trying                                         │',
      '│   2. Stop                                                │',
      `╰${'─'.repeat(58)}╯`,
    ],
  },
} as const
const names = ['claude', 'gemini'] as const

/** A program that shows this, and with the first key that comes clears its screen and tells the key. */
async function show(lines: readonly string[], clears = true) {
  const script = `
    process.stdin.setRawMode(true)
    process.stdin.on('data', (key) => process.stdout.write(
      (${clears} ? '\\x1b[2J\\x1b[H' : '') + 'key ' + JSON.stringify(String(key)) + '\\r\\n'))
    process.stdout.write(${JSON.stringify(lines.join('\r\n'))} + '\\r\\nshown\\r\\n')`
  const { pane } = await server.tmux.newWindow({
    session: await session(),
    command: [process.execPath, '-e', script],
  })
  await server.tmux.waitFor(pane, { text: 'shown' })
  return { pane }
}

async function session() {
  const found = await server.tmux.hasSession('work')
  return found ?? (await server.tmux.newSession({ name: 'work', command: ['cat', '-'] })).session
}

type Shown = Awaited<ReturnType<typeof show>>

function close(adapter: AgentAdapter, { pane }: Shown, tmux: PaneIo = server.tmux): Promise<LimitOutcome> {
  const handle = { conversationId: 'x', cwd: folder, pane, pid: process.pid, stateDir: folder }
  return closeLimitDialog({ tmux, adapter, handle })
}

const screenOf = async ({ pane }: Shown): Promise<string> => (await server.tmux.capture(pane)).text

describe.each(names)('the dialog of %s at a limit', (name) => {
  const { adapter, goesOn, key, lines, version } = dialogs[name]
  beforeAll(() => recordStart(folder, version, true))

  it('is closed by its one key', async () => {
    const shown = await show(lines)
    expect(await close(adapter(), shown)).toEqual({ status: 'closed', goesOn })
    expect((await screenOf(shown)).trim()).toBe(`key ${JSON.stringify(key)}`)
  })

  it('gets no key when another choice is the marked one, or when it does not stand there', async () => {
    const moved = lines.map((line) => line.replace(/[❯●] 1/, '  1').replace(/ {2}2\./, '❯ 2.'))
    const words = [...lines.filter((line) => !/^.*[╭╰│─]/.test(line) && !/Enter|What/.test(line)), '❯ ']
    for (const screen of [moved, words.slice(-1), ['$ ']]) {
      const shown = await show(screen)
      const before = await screenOf(shown)
      expect(await close(adapter(), shown)).toEqual({ status: 'absent' })
      expect(await screenOf(shown)).toBe(before)
    }
  })

  it('gets no key when a person was faster', async () => {
    const shown = await show(lines)
    const { tmux } = server
    const io: PaneIo = {
      list: (options) => tmux.list(options),
      capture: (pane, options) => tmux.capture(pane, options),
      paste: (pane, text, options) => tmux.paste(pane, text, options),
      keys: (pane, ...keys) => tmux.keys(pane, ...keys),
      keysWhile: async (pane, sight, ...keys) => {
        await tmux.type(pane, 'p')
        await tmux.waitFor(pane, { text: 'key "p"' })
        await tmux.keysWhile(pane, sight, ...keys)
      },
    }
    expect(await close(adapter(), shown, io)).toMatchObject({ status: 'refused' })
    expect((await screenOf(shown)).trim()).toBe('key "p"')
  })

  it.runIf(name === 'claude')('that stays is not called closed', async () => {
    const shown = await show(lines, false)
    expect(await close(adapter(), shown)).toMatchObject({ status: 'unknown' })
  })
})
