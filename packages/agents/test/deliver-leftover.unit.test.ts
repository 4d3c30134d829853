import { type Sight, TmuxError } from '@tmux-orchestrator/tmux-driver'
import { expect, it } from 'vitest'
import { type AgentAdapter, type Delivery, deliver, formatMessage } from '../src/index.ts'
import { FakeAgent } from './fake-agent.ts'

/** Leaves what it took in its box, whose cursor is at the end of its text; what comes of a key is told by the test. */
class KeepingAgent extends FakeAgent {
  isKeeping = true
  /** Thrown once each before a key is taken. */
  readonly failures: TmuxError[] = []
  readonly erased: string[] = []

  override async capture(pane: Parameters<FakeAgent['capture']>[0]) {
    return { ...(await super.capture(pane)), cursor: { x: this.box.length, y: 1 } }
  }

  override async keys(pane: Parameters<FakeAgent['keys']>[0], ...keys: readonly string[]): Promise<void> {
    const { box } = this
    await super.keys(pane, ...keys)
    if (this.isKeeping) this.box = box
  }

  async keysWhile(
    pane: Parameters<FakeAgent['keys']>[0],
    _: Sight,
    ...keys: readonly string[]
  ): Promise<void> {
    const failure = this.failures.shift()
    if (failure) throw failure
    if (keys[0] !== 'C-u') return this.keys(pane, ...keys)
    this.erased.push(this.box)
    this.box = this.box.slice(0, Math.max(0, this.box.lastIndexOf('\n')))
  }

  override adapter(): AgentAdapter {
    const isTaken = async ({ token }: { readonly token: string }): Promise<boolean> =>
      this.transcript.some((text) => text.includes(token))
    return { ...super.adapter(), leftover: { keys: ['C-u'], isTaken } }
  }

  say(token: string, text: string): Promise<Delivery> {
    const message = { token, text: formatMessage({ token, from: 'lead', text }) }
    return deliver({ tmux: this, adapter: this.adapter(), handle: this.handle, message, timeoutMs: 2_500 })
  }
}

const gaveUp = (): TmuxError => new TmuxError('TIMEOUT', 'tmux gave up on telling; nothing was sent')

it('a message that was taken is taken out of the box line by line before the next', async () => {
  const agent = new KeepingAgent()
  expect((await agent.say('tmo-m-00000001', 'two\nlines')).status).toBe('submitted')
  expect((await agent.say('tmo-m-00000002', 'next')).status).toBe('submitted')
  expect(agent.erased).toHaveLength(2)
  expect(agent.transcript).toHaveLength(2)
})

it('no word of a human is taken for one, once the box was empty', async () => {
  const agent = new KeepingAgent()
  await agent.say('tmo-m-00000001', 'please report')
  agent.afterPaste = () => {
    agent.dialog = 'Bash command'
  }
  expect((await agent.say('tmo-m-00000002', 'next')).status).toBe('unknown')
  expect(agent.erased).toHaveLength(1)
  agent.dialog = undefined
  agent.box = 'report'
  expect(await agent.say('tmo-m-00000002', 'next')).toMatchObject({ status: 'refused', reason: 'draft' })
  agent.box = formatMessage({ token: 'tmo-m-00000001', from: 'lead', text: 'please report' })
  expect(await agent.say('tmo-m-00000002', 'next')).toMatchObject({ status: 'refused', reason: 'draft' })
  expect(agent.erased).toHaveLength(1)
})

it('one that came back, and of which nothing came, is left alone and named', async () => {
  const agent = new KeepingAgent()
  await agent.say('tmo-m-00000001', 'please report')
  const adapter = { ...agent.adapter(), leftover: { keys: ['C-u'], isTaken: async () => false } }
  const message = {
    token: 'tmo-m-00000002',
    text: formatMessage({ token: 'tmo-m-00000002', from: 'lead', text: 'next' }),
  }
  expect(await deliver({ tmux: agent, adapter, handle: agent.handle, message, timeoutMs: 2_500 })).toEqual({
    status: 'refused',
    reason: 'draft',
    detail: 'tmo-m-00000001 stands in the box, and nothing came of it',
  })
  expect(agent.erased).toEqual([])
})

it('one that cannot be taken out is a draft, in the end', async () => {
  const agent = new KeepingAgent()
  await agent.say('tmo-m-00000001', 'please report')
  agent.failures.push(new TmuxError('SERVER_LOST', 'lost'))
  expect(await agent.say('tmo-m-00000002', 'next')).toMatchObject({ status: 'refused', reason: 'draft' })
  expect((await agent.say('tmo-m-00000002', 'next')).status).toBe('submitted')
})

it('an Enter of which tmux could not tell in time whether it may go is pressed again', async () => {
  const agent = new KeepingAgent()
  agent.isKeeping = false
  agent.failures.push(gaveUp(), gaveUp())
  expect((await agent.say('tmo-m-00000001', 'please report')).status).toBe('submitted')
  expect(agent.transcript).toHaveLength(1)
})
