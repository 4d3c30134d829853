import { describe, expect, it } from 'vitest'
import { deliver, formatMessage } from '../src/index.ts'
import { FakeAgent, send, token } from './fake-agent.ts'

describe('a delivery whose folded paste was cut off from its Enter by a dialog', () => {
  async function cutOff(text?: string): Promise<FakeAgent> {
    const agent = new FakeAgent()
    agent.folds = true
    const capture = agent.capture.bind(agent)
    agent.capture = async (pane) => {
      const seen = await capture(pane)
      if (agent.box !== '') agent.dialog = 'Run rm'
      return seen
    }
    expect(await send(agent, text)).toMatchObject({ status: 'unknown' })
    expect(agent.box).toMatch(/^\[Pasted text #1 /)
    agent.capture = capture
    agent.dialog = undefined
    return agent
  }

  it('is finished with Enter alone by the next call', async () => {
    const agent = await cutOff()
    expect(await send(agent)).toMatchObject({ status: 'submitted' })
    expect([agent.pastes.length, agent.pressed]).toEqual([1, ['Enter']])
    expect(agent.transcript).toEqual([expect.stringContaining(token)])
  })

  it('is finished over another connection to the same pane', async () => {
    const agent = await cutOff()
    const message = { token, text: formatMessage({ token, from: 'lead', text: 'please report' }) }
    const tmux = {
      list: () => agent.list(),
      capture: () => agent.capture(agent.handle.pane),
      paste: (pane: typeof agent.handle.pane, text: string) => agent.paste(pane, text),
      keys: (pane: typeof agent.handle.pane, ...keys: readonly string[]) => agent.keys(pane, ...keys),
    }
    const delivery = await deliver({ tmux, adapter: agent.adapter(), handle: agent.handle, message })
    expect([delivery.status, agent.pastes.length]).toEqual(['submitted', 1])
  })

  it('is not typed again when it arrived meanwhile, whatever stands in the box', async () => {
    const agent = await cutOff()
    await agent.keys(agent.handle.pane, 'Enter')
    agent.insert('a human’s own paste')
    expect(await send(agent)).toMatchObject({ status: 'submitted' })
    expect(agent.pressed).toEqual(['Enter'])
  })

  const replace = (agent: FakeAgent, change: () => void): void => {
    agent.box = ''
    change()
  }

  it.each<readonly [string, (agent: FakeAgent) => void]>([
    ['another paste of as many lines', (agent) => replace(agent, () => agent.insert('a human’s own paste'))],
    [
      'a paste of the same number and other lines',
      (agent) => replace(agent, () => agent.insert('x', '[Pasted text #1 +9 lines]')),
    ],
    ['its own paste and another', (agent) => agent.insert('a human’s own paste')],
    [
      'its own paste behind a word',
      (agent) => {
        agent.box = `and ${agent.box}`
      },
    ],
    [
      'its own paste before a full stop',
      (agent) => {
        agent.box += '.'
      },
    ],
    ['the same words for another text', (agent) => replaceCounted(agent, 'counted anew')],
    ['the same words, of a program that does not count', (agent) => replaceCounted(agent, undefined)],
  ])('is refused while the box holds %s, and no key is pressed', async (_what, change) => {
    const agent = await cutOff()
    change(agent)
    const { box } = agent
    expect(await send(agent)).toMatchObject({ status: 'refused', reason: 'draft' })
    expect([agent.pressed, agent.box]).toEqual([[], box])
  })

  const replaceCounted = (agent: FakeAgent, numbering: string | undefined): void => {
    const { box } = agent
    agent.numbering = numbering
    replace(agent, () => agent.insert('a human’s own paste', box))
  }

  it('is given up once the box was seen with anything else', async () => {
    const agent = await cutOff()
    const { box } = agent
    agent.box = 'my own thoughts'
    expect(await send(agent)).toMatchObject({ status: 'refused', reason: 'draft' })
    replace(agent, () => agent.insert('a human’s own paste', box))
    expect(await send(agent)).toMatchObject({ status: 'refused', reason: 'draft' })
    expect(agent.pressed).toEqual([])
  })

  it('is not finished for another message, another text, another process or another conversation', async () => {
    const agent = await cutOff()
    const message = { token, text: formatMessage({ token, from: 'lead', text: 'please report' }) }
    const other = 'tmo-m-00000000'
    const { handle } = agent
    const calls = [
      { handle, message: { token: other, text: message.text.replace(token, other) } },
      { handle, message: { token, text: `${message.text} now` } },
      { handle: { ...handle, pid: process.ppid }, message },
      { handle: { ...handle, conversationId: 'another' }, message },
    ]
    for (const call of calls) {
      const delivery = await deliver({ tmux: agent, adapter: agent.adapter(), timeoutMs: 400, ...call })
      expect(delivery).toMatchObject({ status: 'refused', reason: 'draft' })
    }
    expect(agent.pressed).toEqual([])
    expect(await send(agent)).toMatchObject({ status: 'submitted' })
  })
})
