import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Persona } from '@tmux-orchestrator/agent-sim'
import { isProcessAlive, isTmuxError, Tmux } from '@tmux-orchestrator/tmux-driver'
import { expect, it } from 'vitest'
import { formatMessage, type Message, type SimPrompt } from '../src/index.ts'
import { Lineup, type Member } from './lineup.ts'
import { type Entry, judgeDeliveries, sumVerdicts } from './verdict.ts'

const slice = process.env['TMO_SLICE']
const seed = slice === undefined ? 1 : Number(slice)
const total = slice === undefined ? 20_000 : 300

/** What is asked the moment a paste begins. */
const ambush = 'rm -rf build'

/** All of them, at a pace that lets thousands of messages pass in minutes; who is slow has a smaller share of them. */
const personas: readonly (readonly [name: string, persona: Partial<Persona>, share?: number])[] = [
  ['fast', { thinkMs: 0 }],
  ['slow', { startupMs: 600, workMs: 300 }],
  ['verbose', { answerLines: 60 }],
  ['flooding', { answerLines: 600 }],
  ['hanging', { hangEvery: 60, hangMs: 3_000 }],
  ['hanging for long', { hangEvery: 150, hangMs: 9_000 }, 0.8],
  ['crashing at pastes', { crashEvery: 40, crashAt: 'paste' }],
  ['crashing at Enters', { crashEvery: 40, crashAt: 'enter' }],
  ['crashing once recorded', { crashEvery: 40, crashAt: 'recorded' }],
  ['swallowing', { swallowEnters: 2 }],
  ['asking', { dialogEveryMs: 1_500, dialogForMs: 400 }, 0.5],
  ['ambushing', { dialogOnPaste: ambush, dialogForMs: 700 }],
  ['drafting', { draftEveryMs: 2_000, draftForMs: 500 }, 0.5],
  ['scrolling', { scrollEveryMs: 2_500, scrollForMs: 400 }],
  ['limited', { limitEvery: 40, limitMs: 1_200 }],
  ['limited, going on', { limitEvery: 40, limitMs: 1_200, limitContinues: true }],
  ['compacting', { compactEvery: 15, compactMs: 100 }],
  // what stands in its box a person has to clear, each time
  ['keeping', { keepEvery: slice === undefined ? 20 : 5 }, 0.5],
  [
    'all at once',
    {
      startupMs: 300,
      workMs: 50,
      swallowEnters: 1,
      crashEvery: 60,
      hangEvery: 80,
      hangMs: 2_000,
      dialogEveryMs: 4_000,
      dialogForMs: 400,
      draftEveryMs: 5_000,
      draftForMs: 400,
      compactEvery: 30,
      compactMs: 100,
    },
    0.35,
  ],
]
const prompts: readonly SimPrompt[] = ['sim', 'claude', 'codex', 'gemini', 'opencode']

const agentsMax = 20
const agentCount = Math.min(agentsMax, Math.ceil(total / 15))
const shareOf = (agent: number): number => personas[agent % personas.length]?.[2] ?? 1
const shares = Array.from({ length: agentCount }, (_, agent) => shareOf(agent)).reduce(
  (sum, one) => sum + one,
  0,
)

/** Who has which prompt box changes with the seed. */
const members: readonly Member[] = Array.from({ length: agentCount }, (_, agent) => {
  const [, persona = {}] = personas[agent % personas.length] ?? []
  const prompt = prompts[(agent + seed) % prompts.length] ?? 'sim'
  const count = Math.ceil((total * shareOf(agent)) / shares)
  return { name: `a${String(agent).padStart(2, '0')}`, prompt, persona, messages: messagesOf(agent, count) }
})

function messagesOf(agent: number, count: number): readonly Message[] {
  return Array.from({ length: count }, (_, index) => {
    const token = `tmo-m-${String(agent).padStart(2, '0')}-${String(index).padStart(6, '0')}`
    return { token, text: formatMessage({ token, from: 'lead', text: textOf(index) }) }
  })
}

function textOf(index: number): string {
  if (index % 10 === 7) return Array.from({ length: 20 }, (_, line) => `line ${line} of ${index}`).join('\n')
  if (index % 50 === 13) return `begin ${'word '.repeat(1_000)} end`
  return `please look at number ${index}`
}

/**
 * Dialogs at random instants may get an Enter that was under way: the simulated agent takes keys before it has drawn what it asks, and
 * has no hook that is held back meanwhile, as Claude Code and Codex have, so that no look can tell. Twice the most that was seen of the
 * 20,000, 15; a slice has as many dialogs in less time.
 */
const keysIntoDialogsMax = slice === undefined ? 30 : 3

/** Kills of the sender, agents and server, this far apart in the middle; so many of them are of the server. */
const killEveryMs = slice === undefined ? 2_500 : 1_000
const serverRatio = slice === undefined ? 0.01 : 0.04
const patienceMs = 90_000
/** Text that stands in a box for so long is cleared by a human. */
const clearAfterMs = 5_000
const lookEveryMs = 1_000
/** The whole takes its time on a small machine. */
const limitMs = 5_400_000

it(
  `${total} deliveries among kills are each submitted once, refused or unknown, and never falsely submitted (seed ${seed})`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tmo-'))
    const socket = join(folder, 's')
    const tmux = await Tmux.open({ socket: { path: socket } })
    const lineup = new Lineup(folder, members)
    const ledger = join(folder, 'ledger.jsonl')
    const room = join(folder, 'room.json')
    const kills = { sender: 0, agent: 0, server: 0, cleared: 0 }
    let deliverer: ChildProcess | undefined
    try {
      await lineup.revive(tmux)
      const agents = members.map(({ name, prompt, messages }) => ({ name, prompt, messages }))
      const limits = { timeoutMs: 6_000, patienceMs }
      writeFileSync(
        room,
        JSON.stringify({ socket, simHome: lineup.simHome, lineup: lineup.file, ledger, agents, ...limits }),
      )
      const random = seededRandom(seed)
      const boxes = new Map<string, { text: string; since: number }>()
      let isDone = false
      const startDeliverer = (): ChildProcess => {
        const program = new URL('./programs/deliverer.mjs', import.meta.url).pathname
        // one that is killed in the middle of a paste leaves its file
        const env = { ...process.env, TMPDIR: folder }
        const child = spawn(process.execPath, [program, room], { env, stdio: ['ignore', 'pipe', 'inherit'] })
        child.stdout?.on('data', (bytes: Buffer) => {
          if (bytes.toString().includes('done')) isDone = true
        })
        return child
      }
      deliverer = startDeliverer()
      let nextLookAt = 0
      let nextKillAt = performance.now() + killEveryMs
      while (!isDone) {
        await sleep(100)
        await lineup.revive(tmux).catch(ignoreLoss)
        if (performance.now() > nextLookAt) {
          nextLookAt = performance.now() + lookEveryMs
          kills.cleared += await clearStanding(tmux, lineup, boxes)
        }
        if (deliverer.exitCode !== null && !isDone)
          throw new Error(`the deliverer ended: ${deliverer.exitCode}`)
        if (deliverer.signalCode !== null) deliverer = startDeliverer()
        if (performance.now() < nextKillAt) continue
        nextKillAt = performance.now() + killEveryMs * (0.5 + random())
        const dice = random()
        if (dice < serverRatio) {
          kills.server += 1
          const { pid } = tmux.server
          process.kill(pid, 'SIGKILL')
          lineup.kill()
        } else if (dice < 0.45) {
          kills.sender += 1
          deliverer.kill('SIGKILL')
        } else {
          kills.agent += 1
          const handle = lineup.handles[Math.floor(random() * lineup.handles.length)]
          if (handle !== undefined && isProcessAlive(handle.pid)) process.kill(handle.pid, 'SIGKILL')
        }
      }
      const entries = readLedger(ledger)
      const verdict = sumVerdicts(
        members.map((member) => {
          const { name, messages } = member
          const tokens = new Set(messages.map(({ token }) => token))
          const own = entries.filter(({ token }) => tokens.has(token))
          return judgeDeliveries({
            messages,
            entries: own,
            conversation: lineup.conversation(name),
            record: lineup.record(name),
          })
        }),
      )
      console.log(JSON.stringify({ kills, starts: lineup.starts, ...verdict }, null, 1))
      expect(verdict).toMatchObject({
        falselySubmitted: [],
        duplicated: [],
        merged: [],
        garbled: [],
        wronglyResolved: [],
        refusedYetArrived: [],
      })
      expect(verdict.keysIntoDialogs.filter((key) => key.includes(ambush))).toEqual([])
      expect(verdict.keysIntoDialogs.length).toBeLessThanOrEqual(keysIntoDialogsMax)
      expect(verdict.submitted + verdict.refused + verdict.unknown).toBe(
        members.flatMap(({ messages }) => messages).length,
      )
      await checkPresence(lineup)
    } finally {
      deliverer?.kill('SIGKILL')
      lineup.kill()
      await tmux.killServer().catch(ignoreLoss)
      await tmux.close()
      rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
    }
  },
  limitMs,
)

/** Whatever was said on the way: asked now, the adapter says of each message what the agent's record says. */
async function checkPresence(lineup: Lineup): Promise<void> {
  for (const member of members) {
    const adapter = lineup.adapter(member)
    const texts = lineup
      .conversation(member.name)
      .flatMap((line) => (line.type === 'user' ? [line.text] : []))
    for (const { token } of member.messages) {
      const expected = texts.some((text) => text.includes(token)) ? 'present' : 'absent'
      expect([token, await adapter.findToken({ ...lineup.handle(member.name), token })]).toEqual([
        token,
        expected,
      ])
    }
  }
}

/** A human clears a box in which the same text has stood for long. */
async function clearStanding(
  tmux: Tmux,
  lineup: Lineup,
  boxes: Map<string, { text: string; since: number }>,
): Promise<number> {
  let cleared = 0
  try {
    for (const member of members) {
      const { pane } = lineup.handle(member.name)
      const screen = await tmux.capture(pane, { attributes: true })
      const reading = lineup.adapter(member).readScreen(screen.text)
      const text = reading.kind === 'prompt' ? reading.box : ''
      const before = boxes.get(member.name)
      if (text === '' || before?.text !== text) boxes.set(member.name, { text, since: performance.now() })
      else if (performance.now() - before.since > clearAfterMs) {
        boxes.delete(member.name)
        await tmux.keys(pane, 'C-u')
        cleared += 1
      }
    }
  } catch (error) {
    ignoreLoss(error)
  }
  return cleared
}

function readLedger(path: string): readonly Entry[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line))
}

function ignoreLoss(error: unknown): void {
  if (!isTmuxError(error)) throw error
}

function seededRandom(from: number): () => number {
  let state = from
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
