import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  answerOf,
  claude,
  stateDir as claudeState,
  eachHasClaudeHome,
  fire,
  handle,
  id,
  project,
  request,
  session,
} from '../test/claude-home.ts'
import { FakeAgent, send, token } from '../test/fake-agent.ts'
import { type AgentAdapter, deliver, formatMessage } from './index.ts'
import type { Withdrawal } from './turn-end.ts'

eachHasClaudeHome()

describe('a message for the end of a turn of Claude Code', () => {
  const text = `[from lead · ${token}] "two"\nlines \\ $HOME \u{1f600}`
  const query = { conversationId: id, stateDir: '', cwd: '', token }
  const withdraw = (): Promise<Withdrawal> =>
    claude().turnEnd.withdraw({ ...query, stateDir: claudeState, cwd: project })

  it('is the answer of its Stop hook, exact and once', async () => {
    await claude().prepare(request())
    session({ status: 'busy' })
    fire('Stop', {})
    expect(await claude().turnEnd.offer(handle(), { token, text })).toBe(true)
    expect(JSON.parse(answerOf('Stop', {}))).toEqual({ decision: 'block', reason: text })
    fire('Stop', {})
    expect(await withdraw()).toBe('taken')
    expect(readdirSync(join(claudeState, 'turn-end'))).not.toContain(`${token}.json`)
  })

  it('is taken back whole, and begins anew with the next start', async () => {
    await claude().prepare(request())
    session({ status: 'waiting' })
    expect(await withdraw()).toBe('absent')
    await claude().turnEnd.offer(handle(), { token, text })
    expect(await withdraw()).toBe('withdrawn')
    fire('Stop', {})
    expect(await withdraw()).toBe('absent')
    await claude().turnEnd.offer(handle(), { token, text })
    await claude().prepare(request())
    fire('Stop', {})
  })

  it('is not left for an agent that is in no turn', async () => {
    await claude().prepare(request())
    session({ status: 'idle' })
    expect(await claude().turnEnd.offer(handle(), { token, text })).toBe(false)
    expect(existsSync(join(claudeState, 'turn-end', `${token}.json`))).toBe(false)
  })
})

describe('a delivery to an agent whose hook hands messages over', () => {
  let stateDir: string
  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), 'tmo-'))
  })
  afterEach(() => rmSync(stateDir, { recursive: true }))

  /** Its turn ends after so many looks of the sender, or never. */
  function build(agent: FakeAgent, endsAfter: number): { adapter: AgentAdapter; offers: string[] } {
    const offers: string[] = []
    const base = agent.adapter()
    let looks = 0
    const adapter: AgentAdapter = {
      ...base,
      turnEnd: {
        offer: async (_, { text }) => {
          offers.push(text)
          return true
        },
        withdraw: async () => (offers.length === 0 ? 'absent' : looks > endsAfter ? 'taken' : 'withdrawn'),
      },
      findToken: async (asked) => {
        if (offers.length > 0) looks += 1
        if (looks > endsAfter) agent.transcript.push(...offers.slice(0, 1))
        return base.findToken(asked)
      },
    }
    return { adapter, offers }
  }
  const message = { token, text: formatMessage({ token, from: 'lead', text: 'please report' }) }

  it('leaves it there while a draft stands in the box, which stays, and says what came of it', async () => {
    const agent = new FakeAgent(stateDir)
    agent.box = 'half a thought'
    const { adapter, offers } = build(agent, 2)
    const options = { tmux: agent, adapter, handle: agent.handle, message, timeoutMs: 3_000 }
    expect(await deliver(options)).toMatchObject({ status: 'submitted' })
    expect(await deliver(options)).toMatchObject({ status: 'submitted' })
    expect([offers.length, agent.box, agent.pastes, agent.pressed]).toEqual([1, 'half a thought', [], []])
  })

  it('is refused when the turn did not end in time, and never left for a dialog or an idle agent', async () => {
    const agent = new FakeAgent(stateDir)
    agent.box = 'half a thought'
    const { adapter, offers } = build(agent, Number.POSITIVE_INFINITY)
    const options = { tmux: agent, adapter, handle: agent.handle, message, timeoutMs: 1_500 }
    expect(await deliver(options)).toMatchObject({ status: 'refused', reason: 'draft' })
    agent.dialog = 'Bash command'
    expect(await deliver(options)).toMatchObject({ status: 'refused', reason: 'dialog' })
    expect(offers).toHaveLength(1)
    expect(await send(agent)).toMatchObject({ status: 'refused' })
  })

  it.each([
    ['this very message', `${message.text} and my own words`],
    ['a paste that is folded up', '[Pasted text #1 +20 lines] and my own words'],
  ])('is never left while %s stands in the box with a person’s words', async (_what, box) => {
    const agent = new FakeAgent(stateDir)
    agent.box = box
    const { adapter, offers } = build(agent, 2)
    const options = { tmux: agent, adapter, handle: agent.handle, message, timeoutMs: 1_500 }
    expect(await deliver(options)).toMatchObject({ status: 'refused', reason: 'draft' })
    expect([offers, agent.box, agent.pressed]).toEqual([[], box, []])
  })

  it('holds back no tool of an agent into whose box nothing would be typed', async () => {
    const agent = new FakeAgent(stateDir)
    const holds: string[] = []
    const hold = async (): Promise<() => Promise<void>> => {
      holds.push(agent.box)
      return async () => undefined
    }
    const adapter: AgentAdapter = { ...agent.adapter(), hold }
    const options = { tmux: agent, adapter, handle: agent.handle, message, timeoutMs: 3_000 }
    agent.box = 'half a thought'
    expect(await deliver(options)).toMatchObject({ status: 'refused', reason: 'draft' })
    expect(holds).toEqual([])
    agent.box = ''
    expect(await deliver(options)).toMatchObject({ status: 'submitted' })
    expect(holds).toEqual([''])
  })

  it('is refused, and nothing typed, where tools cannot be held back', async () => {
    const agent = new FakeAgent(stateDir)
    const full = new Error('ENOSPC: no space left on device')
    const adapter: AgentAdapter = { ...agent.adapter(), hold: () => Promise.reject(full) }
    const options = { tmux: agent, adapter, handle: agent.handle, message, timeoutMs: 1_500 }
    expect(await deliver(options)).toMatchObject({
      status: 'refused',
      reason: 'unknown-state',
      detail: expect.stringContaining('no space left'),
    })
    expect([agent.pastes, agent.pressed]).toEqual([[], []])
  })

  it('is unknown when a hook took it and the agent does not show it, and is typed by nobody', async () => {
    const agent = new FakeAgent(stateDir)
    const { adapter } = build(agent, 0)
    const turnEnd = { offer: async () => true, withdraw: async (): Promise<Withdrawal> => 'taken' }
    const options = { tmux: agent, handle: agent.handle, message, timeoutMs: 500 }
    expect(await deliver({ ...options, adapter: { ...adapter, turnEnd } })).toMatchObject({
      status: 'unknown',
    })
    expect([agent.pastes, agent.pressed]).toEqual([[], []])
  })

  describe('that hides what it is given while it works', () => {
    /** Its turn ends, or is broken off, after so long. */
    function working(agent: FakeAgent, endsAfterMs: number): { adapter: AgentAdapter; offers: string[] } {
      const { adapter, offers } = build(agent, Number.POSITIVE_INFINITY)
      agent.state = 'working'
      const end = setTimeout(() => {
        agent.state = 'idle'
      }, endsAfterMs)
      end.unref()
      return { adapter: { ...adapter, showsQueued: false }, offers }
    }

    it('waits for the end of its turn, and is typed then, with the whole time for its proof', async () => {
      const agent = new FakeAgent(stateDir)
      agent.recordsInput = false
      const { adapter, offers } = working(agent, 800)
      setTimeout(() => agent.transcript.push(message.text), 2_500)
      const options = { tmux: agent, adapter, handle: agent.handle, message, timeoutMs: 2_000 }
      expect(await deliver(options)).toMatchObject({ status: 'submitted' })
      expect([offers, agent.pastes]).toEqual([[], [message.text]])
    })

    it('is refused when its turn goes on, and no key was pressed', async () => {
      const agent = new FakeAgent(stateDir)
      const { adapter, offers } = working(agent, 3_000)
      const options = { tmux: agent, adapter, handle: agent.handle, message, timeoutMs: 1_000 }
      expect(await deliver(options)).toMatchObject({ status: 'refused', reason: 'busy' })
      expect([offers, agent.pastes, agent.pressed]).toEqual([[], [], []])
    })

    it('lets keys to the pane that answer a dialog, without which its turn would not end', async () => {
      const agent = new FakeAgent(stateDir)
      const { adapter } = working(agent, 20_000)
      setTimeout(() => {
        agent.state = 'blocked-permission'
        agent.dialog = 'Bash command'
      }, 300)
      const keyed = { ...adapter, answerKeys: { allow: ['1'], deny: ['Escape'] } }
      const begunAt = performance.now()
      const options = { tmux: agent, adapter: keyed, handle: agent.handle, message, timeoutMs: 10_000 }
      expect(await deliver(options)).toMatchObject({ status: 'refused', reason: 'dialog' })
      expect(performance.now() - begunAt).toBeLessThan(5_000)
    })

    it('is refused, and nothing typed, where that cannot be noted', async () => {
      writeFileSync(join(stateDir, 'turn-end'), '')
      const agent = new FakeAgent(stateDir)
      const { adapter } = build(agent, Number.POSITIVE_INFINITY)
      const options = { tmux: agent, adapter, handle: agent.handle, message, timeoutMs: 1_500 }
      expect(await deliver(options)).toMatchObject({ status: 'refused', reason: 'unknown-state' })
      expect([agent.pastes, agent.pressed]).toEqual([[], []])
    })

    it('leaves it there beside a draft, and takes it back once the turn was broken off', async () => {
      const agent = new FakeAgent(stateDir)
      agent.box = 'half a thought'
      const { adapter, offers } = working(agent, 500)
      let taken = 0
      const turnEnd = {
        offer: async (_: unknown, { text }: { text: string }) =>
          agent.state === 'working' && offers.push(text) > 0,
        withdraw: async (): Promise<Withdrawal> => {
          taken += 1
          return 'withdrawn'
        },
      }
      const options = { tmux: agent, handle: agent.handle, message, timeoutMs: 10_000 }
      const begunAt = performance.now()
      expect(await deliver({ ...options, adapter: { ...adapter, turnEnd } })).toMatchObject({
        status: 'refused',
        reason: 'draft',
      })
      expect(performance.now() - begunAt).toBeLessThan(5_000)
      expect([offers.length, taken, agent.box]).toEqual([1, 3, 'half a thought'])
    })

    it('never leaves there what was typed, and may be on its way in a queue that nobody sees', async () => {
      const agent = new FakeAgent(stateDir)
      const { adapter, offers } = build(agent, Number.POSITIVE_INFINITY)
      agent.recordsInput = false
      const options = { tmux: agent, adapter, handle: agent.handle, message, timeoutMs: 800 }
      expect(await deliver(options)).toMatchObject({ status: 'unknown' })
      agent.box = 'half a thought'
      expect(await deliver(options)).toMatchObject({ status: 'refused', reason: 'draft' })
      expect(offers).toEqual([])
      const other = { token: 'tmo-m-00000002', text: message.text.replace(token, 'tmo-m-00000002') }
      expect(await deliver({ ...options, message: other })).toMatchObject({ status: 'refused' })
      expect(offers).toEqual([other.text])
    })
  })
})
