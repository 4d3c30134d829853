import { describe, expect, it } from 'vitest'
import {
  type Activity,
  type ActivityState,
  type AgentAdapter,
  type Delivery,
  deliver,
  formatMessage,
} from '../src/index.ts'
import { FakeAgent, send, token } from './fake-agent.ts'

describe('a delivery to a prompt box', () => {
  it('is submitted once the agent has the text', async () => {
    const agent = new FakeAgent()
    expect(await send(agent)).toMatchObject({ status: 'submitted', proof: 'fake transcript' })
    expect(agent.pastes).toHaveLength(1)
    expect(agent.pressed).toEqual(['Enter'])
  })

  it('goes to a working agent, which queues it', async () => {
    const agent = new FakeAgent()
    agent.state = 'working'
    expect((await send(agent)).status).toBe('submitted')
  })

  it('types nothing when the agent has the token already, even when its pane is dead', async () => {
    const agent = new FakeAgent()
    await send(agent)
    agent.dead = true
    expect((await send(agent)).status).toBe('submitted')
    expect(agent.pastes).toHaveLength(1)
  })

  it.each<[ActivityState, string]>([
    ['starting', 'starting'],
    ['waiting-input', 'dialog'],
    ['blocked-permission', 'dialog'],
    ['exited', 'exited'],
    ['unknown', 'unknown-state'],
    ['limited', 'busy'],
  ])('is refused while the agent is %s, and no key is pressed', async (state, reason) => {
    const agent = new FakeAgent()
    agent.state = state
    expect(await send(agent)).toMatchObject({ status: 'refused', reason })
    expect([agent.pastes, agent.pressed]).toEqual([[], []])
  })

  it('goes to an agent whose limit has ended', async () => {
    const agent = new FakeAgent()
    agent.state = 'limited'
    agent.resetAt = Date.now() - 1
    expect((await send(agent)).status).toBe('submitted')
  })

  it('is refused by an agent whose limit has ended and whose question about it is still open', async () => {
    const agent = new FakeAgent()
    const activity = async (): Promise<Activity> => ({
      ...{ state: 'limited', resetAt: Date.now() - 1, source: 'transcript', at: 0 },
      others: [{ state: 'waiting-input', source: 'status-file', at: 0 }],
    })
    const adapter = { ...agent.adapter(), activity }
    const message = { token, text: formatMessage({ token, from: 'lead', text: 'x' }) }
    const delivery = await deliver({ tmux: agent, adapter, handle: agent.handle, message })
    expect(delivery).toMatchObject({ status: 'refused', reason: 'dialog' })
    expect([agent.pastes, agent.pressed]).toEqual([[], []])
  })

  it('is refused while the agent says idle but its screen asks something', async () => {
    const agent = new FakeAgent()
    agent.dialog = 'Run rm'
    expect(await send(agent)).toMatchObject({ status: 'refused', reason: 'dialog' })
    expect(agent.pressed).toEqual([])
  })

  it('is refused by a program of a version that was never tested', async () => {
    const agent = new FakeAgent()
    const adapter = { ...agent.adapter(), watchedOnly: async () => 'fake is 9.0' }
    const message = { token, text: formatMessage({ token, from: 'lead', text: 'x' }) }
    expect(await deliver({ tmux: agent, adapter, handle: agent.handle, message })).toEqual({
      ...{ status: 'refused', reason: 'unknown-version', detail: 'fake is 9.0' },
    })
    expect([agent.pastes, agent.pressed]).toEqual([[], []])
  })

  it('is refused by a working agent that would not show it before its turn is over', async () => {
    const agent = new FakeAgent()
    agent.state = 'working'
    const adapter = { ...agent.adapter(), showsQueued: false }
    const message = { token, text: formatMessage({ token, from: 'lead', text: 'x' }) }
    const send = (): Promise<Delivery> => deliver({ tmux: agent, adapter, handle: agent.handle, message })
    expect(await send()).toMatchObject({ status: 'refused', reason: 'busy' })
    agent.state = 'idle'
    agent.afterPaste = () => {
      agent.state = 'working'
    }
    expect(await send()).toMatchObject({ status: 'submitted' })
  })

  it('is refused when a shell has the pane', async () => {
    const agent = new FakeAgent()
    agent.command = 'bash'
    expect(await send(agent)).toMatchObject({
      status: 'refused',
      reason: 'unknown-state',
      detail: expect.stringMatching('shell'),
    })
  })

  it('is refused when a human’s draft stands in the box, and leaves it there', async () => {
    const agent = new FakeAgent()
    agent.box = 'my own thoughts'
    expect(await send(agent)).toMatchObject({ status: 'refused', reason: 'draft' })
    expect(agent.box).toBe('my own thoughts')
  })

  it('is refused when nobody can tell what reached the agent', async () => {
    const agent = new FakeAgent()
    agent.readable = false
    expect(await send(agent)).toMatchObject({ status: 'refused', reason: 'unknown-state' })
    expect(agent.pastes).toEqual([])
  })

  it('is refused when it is larger than what was ever proven to work', async () => {
    expect(await send(new FakeAgent(), 'x'.repeat(70_000))).toMatchObject({
      status: 'refused',
      reason: 'too-large',
    })
  })

  it('repeats only Enter when Enter was lost', async () => {
    const agent = new FakeAgent()
    agent.swallowEnters = 1
    expect(await send(agent, 'again', { timeoutMs: 5_000 })).toMatchObject({ status: 'submitted' })
    expect(agent.pastes).toHaveLength(1)
    expect(agent.pressed).toEqual(['Enter', 'Enter'])
  })

  it('presses Enter at most three times', async () => {
    const agent = new FakeAgent()
    agent.swallowEnters = 99
    expect((await send(agent, 'again', { timeoutMs: 3_200 })).status).toBe('unknown')
    expect(agent.pressed).toHaveLength(3)
  })

  it('waits with Enter for a box that is drawn anew after the paste was seen in it', async () => {
    const agent = new FakeAgent()
    agent.afterPaste = () => {
      agent.hidden = [false, true, true, true]
    }
    expect(await send(agent)).toMatchObject({ status: 'submitted' })
    expect([agent.hidden, agent.pressed]).toEqual([[], ['Enter']])
  })

  it('presses no Enter when the box does not come back, or comes back as a dialog', async () => {
    for (const dialog of [undefined, 'rm -rf build']) {
      const agent = new FakeAgent()
      agent.afterPaste = () => {
        agent.hidden = [false, ...Array.from({ length: dialog ? 3 : 1_000 }, () => true)]
        setTimeout(() => {
          agent.dialog = dialog
        }, 0)
      }
      expect((await send(agent)).status).toBe('unknown')
      expect(agent.pressed).toEqual([])
    }
  })

  it('withholds Enter when a dialog opens after the paste', async () => {
    const agent = new FakeAgent()
    agent.afterPaste = () => {
      agent.dialog = 'Run rm'
    }
    expect((await send(agent)).status).toBe('unknown')
    expect(agent.pressed).toEqual([])
  })

  it('withholds Enter when the agent asks for permission after the paste', async () => {
    const agent = new FakeAgent()
    agent.afterPaste = () => {
      agent.state = 'blocked-permission'
    }
    expect((await send(agent)).status).toBe('unknown')
    expect(agent.pressed).toEqual([])
  })

  it('withholds Enter when a human types into the box at the same time', async () => {
    const agent = new FakeAgent()
    agent.afterPaste = () => {
      agent.box += ' and by the way'
    }
    expect((await send(agent)).status).toBe('unknown')
    expect(agent.pressed).toEqual([])
  })

  it('withholds Enter when a human types after the text was seen in the box', async () => {
    const agent = new FakeAgent()
    const capture = agent.capture.bind(agent)
    agent.capture = async (pane) => {
      const seen = await capture(pane)
      if (agent.box !== '') agent.box += ' and by the way'
      return seen
    }
    expect((await send(agent)).status).toBe('unknown')
    expect(agent.pressed).toEqual([])
  })

  it('does not press Enter again once its text has left the box', async () => {
    const agent = new FakeAgent()
    agent.recordsInput = false
    expect((await send(agent, 'hello', { timeoutMs: 2_500 })).status).toBe('unknown')
    expect(agent.pressed).toEqual(['Enter'])
  })

  it('is unknown when the text is gone from the box and the agent never shows it', async () => {
    const agent = new FakeAgent()
    agent.recordsInput = false
    expect((await send(agent)).status).toBe('unknown')
    expect(agent.pressed).toHaveLength(1)
  })

  it('finishes with Enter alone what an earlier delivery left in the box', async () => {
    const agent = new FakeAgent()
    agent.box = formatMessage({ token, from: 'lead', text: 'please report' })
    expect((await send(agent)).status).toBe('submitted')
    expect(agent.pastes).toEqual([])
  })

  it('does not touch a folded paste that nobody can attribute', async () => {
    const agent = new FakeAgent()
    agent.box = '[Pasted text #1 +20 lines]'
    expect(await send(agent)).toMatchObject({ status: 'refused', reason: 'draft' })
  })

  it('presses Enter no second time when another folded paste stands where its own was', async () => {
    const agent = new FakeAgent()
    agent.folds = true
    agent.swallowEnters = 1
    const keys = agent.keys.bind(agent)
    agent.keys = async (pane, ...pressed) => {
      await keys(pane, ...pressed)
      agent.box = ''
      agent.insert('a human’s own paste')
    }
    expect((await send(agent, 'a\nb', { timeoutMs: 3_000 })).status).toBe('unknown')
    expect(agent.pressed).toEqual(['Enter'])
    expect(agent.transcript).toEqual([])
  })

  it('takes no folded paste for its own that shows after a dialog, which may have swallowed what was pasted', async () => {
    const agent = new FakeAgent()
    agent.folds = true
    agent.afterPaste = () => {
      agent.box = ''
      agent.dialog = 'Run rm'
    }
    const capture = agent.capture.bind(agent)
    agent.capture = async (pane) => {
      const seen = await capture(pane)
      if (agent.dialog !== undefined) agent.insert('a human’s own paste')
      agent.dialog = undefined
      return seen
    }
    expect((await send(agent)).status).toBe('unknown')
    expect(await send(agent)).toMatchObject({ status: 'refused', reason: 'draft' })
    expect(agent.pressed).toEqual([])
  })

  it('is refused by a pane that died between the look and the paste', async () => {
    const agent = new FakeAgent()
    const paste = agent.paste.bind(agent)
    agent.paste = async (pane, text) => {
      agent.dead = true
      return paste(pane, text)
    }
    expect(await send(agent)).toMatchObject({ status: 'refused', reason: 'dead-pane' })
  })

  it('waits its turn behind another delivery to the same pane', async () => {
    const agent = new FakeAgent()
    const others = ['tmo-m-aaaaaaaa', 'tmo-m-bbbbbbbb'].map((other) =>
      deliver({
        tmux: agent,
        adapter: agent.adapter(),
        handle: agent.handle,
        message: { token: other, text: formatMessage({ token: other, from: 'lead', text: 'hello' }) },
      }),
    )
    expect((await Promise.all(others)).map((delivery) => delivery.status)).toEqual(['submitted', 'submitted'])
    expect(agent.transcript).toHaveLength(2)
  })

  it('leaves the box alone for as long as the program needs after a message, not after a refusal', async () => {
    const agent = new FakeAgent()
    const adapter = { ...agent.adapter(), restMs: 300 }
    const deliverToken = async (other: string): Promise<readonly [string, number]> => {
      const message = { token: other, text: formatMessage({ token: other, from: 'lead', text: 'hello' }) }
      const { status } = await deliver({ tmux: agent, adapter, handle: agent.handle, message })
      return [status, performance.now()]
    }
    const [, firstAt] = await deliverToken('tmo-m-aaaaaaaa')
    const [second, secondAt] = await deliverToken('tmo-m-bbbbbbbb')
    expect([second, secondAt - firstAt > 290]).toEqual(['submitted', true])
    agent.state = 'blocked-permission'
    const [third] = await deliverToken('tmo-m-cccccccc')
    const [, refusedAt] = await deliverToken('tmo-m-dddddddd')
    agent.state = 'idle'
    const [last, lastAt] = await deliverToken('tmo-m-eeeeeeee')
    expect([third, last, lastAt - refusedAt < 290]).toEqual(['refused', 'submitted', true])
  })

  it('waits with the paste until the agent has been in its state for as long as the program needs', async () => {
    const agent = new FakeAgent()
    const changedAt = Date.now()
    const activity = async (): Promise<Activity> => ({
      state: 'idle',
      source: 'none',
      at: changedAt,
      others: [],
    })
    let pastedAt = 0
    agent.afterPaste = () => {
      pastedAt = Date.now()
    }
    const adapter = { ...agent.adapter(), restMs: 200, activity }
    const message = { token, text: formatMessage({ token, from: 'lead', text: 'hello' }) }
    expect(await deliver({ tmux: agent, adapter, handle: agent.handle, message })).toMatchObject({
      status: 'submitted',
    })
    expect(pastedAt - changedAt).toBeGreaterThanOrEqual(200)
  })

  it('rejects with the reason of an abort before anything is typed', async () => {
    const agent = new FakeAgent()
    const message = { token, text: formatMessage({ token, from: 'lead', text: 'x' }) }
    const signal = AbortSignal.abort(new Error('stop'))
    const call = deliver({ tmux: agent, adapter: agent.adapter(), handle: agent.handle, message, signal })
    await expect(call).rejects.toThrow('stop')
    expect(agent.pastes).toEqual([])
  })
})

describe('a delivery to a program with a server of its own', () => {
  const deliverWith = (agent: FakeAgent, send: NonNullable<AgentAdapter['send']>): Promise<Delivery> => {
    const message = { token, text: formatMessage({ token, from: 'lead', text: 'x' }) }
    const adapter = { ...agent.adapter(), send }
    return deliver({ tmux: agent, adapter, handle: agent.handle, message, timeoutMs: 300 })
  }

  it('presses no key, whatever stands in its box, and also while a person scrolls', async () => {
    const agent = new FakeAgent()
    agent.box = 'half a thought'
    agent.inMode = true
    const sent = await deliverWith(agent, async ({ message }) => {
      agent.transcript.push(message.text)
      return { status: 'sent' }
    })
    expect(sent).toMatchObject({ status: 'submitted' })
    expect([agent.pastes, agent.pressed, agent.box]).toEqual([[], [], 'half a thought'])
  })

  it('is typed where the server is not there', async () => {
    const agent = new FakeAgent()
    expect(await deliverWith(agent, async () => ({ status: 'absent' }))).toMatchObject({
      status: 'submitted',
    })
    expect([agent.pastes.length, agent.pressed]).toEqual([1, ['Enter']])
  })

  it.each([
    [
      { status: 'refused', detail: 'it said no' },
      { status: 'refused', reason: 'unknown-state' },
    ],
    [
      { status: 'unknown', detail: 'lost' },
      { status: 'unknown', detail: 'lost' },
    ],
    [{ status: 'sent' }, { status: 'unknown' }],
  ] as const)('types nothing after %j', async (outcome, expected) => {
    const agent = new FakeAgent()
    expect(await deliverWith(agent, async () => outcome)).toMatchObject(expected)
    expect([agent.pastes, agent.pressed]).toEqual([[], []])
  })
})

describe('a message', () => {
  it.each(['!rm -rf /', '/exit', '# remember', 'no token here', `${token} ends in \\`])(
    'that was not made by formatMessage is refused before typing: %j',
    async (text) => {
      const agent = new FakeAgent()
      const call = deliver({
        tmux: agent,
        adapter: agent.adapter(),
        handle: agent.handle,
        message: { token, text },
      })
      await expect(call).rejects.toMatchObject({ code: 'UNSAFE_MESSAGE' })
      expect(agent.pastes).toEqual([])
    },
  )
})
