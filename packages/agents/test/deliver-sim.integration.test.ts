import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sanitizeText } from '@tmux-orchestrator/tmux-driver'
import { type TemporaryServer, temporaryServer } from '@tmux-orchestrator/tmux-driver/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AgentAdapter, PaneIo } from '../src/index.ts'
import { type Actor, newToken, openStage, type Stage, waitFor } from './stage.ts'

let server: TemporaryServer
let stage: Stage
beforeAll(async () => {
  server = await temporaryServer()
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(async () => {
  stage = await openStage(server.tmux)
})
afterEach(() => stage[Symbol.asyncDispose]())

async function idleSim(): Promise<Actor> {
  const agent = await stage.launch(stage.sim)
  await agent.idle()
  return agent
}

/** What a human does. */
async function enter(agent: Actor, text: string): Promise<void> {
  await stage.tmux.paste(agent.pane, text)
  await waitFor('it shows', async () => (await agent.screen()).includes(text.slice(0, 20)))
  await stage.tmux.keys(agent.pane, 'Enter')
}

/** What the agent was given, by its own record. */
function received(agent: Actor): readonly string[] {
  const file = join(stage.folder, 'sim', 'conversations', `${agent.handle.conversationId}.jsonl`)
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .filter((line) => line.type === 'user')
    .map((line) => line.text)
}

/** The real connection with one thing changed. */
function changed(change: Partial<PaneIo>): PaneIo {
  const { tmux } = stage
  return {
    list: (options) => tmux.list(options),
    capture: (pane, options) => tmux.capture(pane, options),
    paste: (pane, text, options) => tmux.paste(pane, text, options),
    keys: (pane, ...keys) => tmux.keys(pane, ...keys),
    ...change,
  }
}

/** An adapter that never gets to see the agent's transcript. */
function blinded(adapter: AgentAdapter): AgentAdapter {
  return {
    program: adapter.program,
    proof: adapter.proof,
    shells: adapter.shells,
    detect: (options) => adapter.detect(options),
    prepare: (request) => adapter.prepare(request),
    activity: (handle, look) => adapter.activity(handle, look),
    conversation: (query) => adapter.conversation(query),
    findToken: async () => 'absent',
    readScreen: (screen) => adapter.readScreen(screen),
  }
}

describe('a delivery to the simulated agent', () => {
  it('is submitted once, and a second call types nothing', async () => {
    const agent = await idleSim()
    const token = newToken()
    expect(await agent.send('hello', { token })).toMatchObject({
      status: 'submitted',
      proof: 'sim transcript',
    })
    expect(await agent.send('hello', { token })).toMatchObject({ status: 'submitted' })
    expect(received(agent).filter((text) => text.includes(token))).toHaveLength(1)
  })

  it('proves a brief that was given as an argument', async () => {
    const token = newToken()
    const agent = await stage.launch(stage.sim, { brief: `[note ${token}] begin` })
    await waitFor(
      'the brief is read',
      async () => (await stage.sim.findToken({ ...agent.handle, token })) === 'present',
    )
  })

  it('is queued by a busy agent and proven', async () => {
    const agent = await idleSim()
    await enter(agent, '/slow 4')
    await waitFor('it works', async () => (await agent.activity()) === 'working')
    expect(await agent.send('hello', { timeoutMs: 15_000 })).toMatchObject({ status: 'submitted' })
  })

  it('is refused while the agent starts, and no key is pressed', async () => {
    const agent = await stage.launch(stage.sim, { options: { 'startup-ms': '60000' } })
    expect(await agent.send('hello')).toMatchObject({ status: 'refused', reason: 'starting' })
    expect(await agent.screen()).not.toContain('hello')
  })

  it('is refused while a dialog is open, and approves nothing', async () => {
    const agent = await idleSim()
    const touched = join(stage.folder, 'touched')
    await enter(agent, `/permission touch ${touched}`)
    await waitFor('it asks', async () => (await agent.activity()) === 'blocked-permission')
    expect(await agent.send('hello')).toMatchObject({ status: 'refused', reason: 'dialog' })
    expect(await agent.activity()).toBe('blocked-permission')
    expect(existsSync(touched)).toBe(false)
  })

  it('is refused while a human’s draft stands in the box, and leaves it', async () => {
    const agent = await idleSim()
    await stage.tmux.type(agent.pane, 'my own draft')
    await waitFor('it shows', async () => (await agent.screen()).includes('my own draft'))
    expect(await agent.send('hello')).toMatchObject({ status: 'refused', reason: 'draft' })
    await stage.tmux.keys(agent.pane, 'Enter')
    await waitFor('it is sent', async () => received(agent).includes('my own draft'))
  })

  it('is refused in copy mode', async () => {
    const agent = await idleSim()
    await stage.tmux.raw(['copy-mode', '-t', agent.pane])
    expect(await agent.send('hello')).toMatchObject({ status: 'refused', reason: 'copy-mode' })
  })

  it('is refused by an agent that has exited', async () => {
    const agent = await idleSim()
    await enter(agent, '/exit')
    await waitFor('it is gone', async () => (await agent.activity()) === 'exited')
    expect(await agent.send('hello')).toMatchObject({
      status: 'refused',
      reason: expect.stringMatching(/dead-pane|exited/),
    })
    expect((await stage.tmux.list({ fields: ['pane'] })).length).toBeGreaterThan(0)
  })

  it('repeats Enter alone when the first one is swallowed', async () => {
    const agent = await idleSim()
    let enters = 0
    let pastes = 0
    const io = changed({
      keys: async (pane, ...keys) => {
        enters += 1
        if (enters > 1) await stage.tmux.keys(pane, ...keys)
      },
      paste: async (pane, text, options) => {
        pastes += 1
        await stage.tmux.paste(pane, text, options)
      },
    })
    expect(await agent.send('hello', { tmux: io })).toMatchObject({ status: 'submitted' })
    expect([pastes, enters]).toEqual([1, 2])
    expect(received(agent)).toHaveLength(1)
  })

  it.each([
    ['a shell command', '!touch typed'],
    ['a slash command', '/exit'],
    ['the end of a paste and a command', 'a\u001b[201~\r!touch typed\r'],
    ['a trailing backslash', 'look \\'],
    ['a tmux format', '#(touch typed) #{pane_id} $(touch typed) `touch typed`; kill-server'],
    ['many lines', Array.from({ length: 30 }, (_, index) => `line ${index}`).join('\n')],
    ['50 KB', 'word '.repeat(10_000)],
    ['other scripts', 'Grüße — 三毛猫 👩‍👩‍👧 \u200b مرحبا e\u0301'],
    ['a wide line', 'wide '.repeat(150)],
    ['nothing', ''],
  ])('brings %s as text, whole', async (_name, text) => {
    const agent = await idleSim()
    expect(await agent.send(text)).toMatchObject({ status: 'submitted' })
    const [got = ''] = received(agent)
    const letters = (from: string): string => from.replace(/[^\p{L}\p{N}]+/gu, '')
    expect(letters(got)).toContain(letters(sanitizeText(text)))
    expect(existsSync(join(stage.folder, 'typed'))).toBe(false)
    await agent.idle()
  })

  it('is unknown when the sender loses sight between paste and proof, and the token settles it later', async () => {
    const agent = await idleSim()
    const token = newToken()
    const first = await agent.send('hello', { token, adapter: blinded(agent.adapter), timeoutMs: 1_500 })
    expect(first.status).toBe('unknown')
    expect(await agent.adapter.findToken({ ...agent.handle, token })).toBe('present')
    expect(await agent.send('hello', { token })).toMatchObject({ status: 'submitted' })
    expect(received(agent)).toHaveLength(1)
  })

  it('finishes after a sender that died between paste and Enter, with Enter alone', async () => {
    const agent = await idleSim()
    const token = newToken()
    const died = changed({ keys: () => new Promise<never>(() => undefined) })
    void agent.send('hello', { token, tmux: died })
    await waitFor('the text is in the box', async () => (await agent.screen()).includes(token))
    const noPaste = changed({ paste: () => Promise.reject(new Error('pasted twice')) })
    expect(await agent.send('hello', { token, tmux: noPaste })).toMatchObject({ status: 'submitted' })
    expect(received(agent)).toHaveLength(1)
  })

  it('takes turns when several arrive at once', async () => {
    const agent = await idleSim()
    const all = await Promise.all(Array.from({ length: 5 }, (_, index) => agent.send(`number ${index}`)))
    expect(all).toEqual(Array(5).fill(expect.objectContaining({ status: 'submitted' })))
    expect(received(agent)).toHaveLength(5)
  })

  it('starts no tmux process', async () => {
    const agent = await idleSim()
    const before = stage.tmux.processesStarted
    for (let index = 0; index < 10; index += 1) await agent.send(`number ${index}`)
    expect(stage.tmux.processesStarted).toBe(before)
  })

  it('reaches a resumed conversation, which still knows what it was told', async () => {
    const first = await idleSim()
    const token = newToken()
    await first.send('remember', { token })
    await stage.tmux.killPane(first.pane)
    const { conversationId } = first.handle
    await waitFor('it is gone', async () => (await first.activity()) === 'exited')
    const second = await stage.launch(stage.sim, { conversationId, mode: 'resume' })
    await second.idle()
    expect(await stage.sim.conversation(second.handle)).toBe('present')
    expect(await second.send('remember', { token })).toMatchObject({ status: 'submitted' })
    expect(await second.send('and now')).toMatchObject({ status: 'submitted' })
    expect(received(second)).toHaveLength(2)
  })

  it('is announced by a watch on the state of agents', async () => {
    const agent = await idleSim()
    let changes = 0
    const watcher = stage.sim.watch?.(agent.handle, () => {
      changes += 1
    })
    await enter(agent, '/slow 1')
    await waitFor('a change is told', async () => changes > 0)
    watcher?.close()
  })
})
