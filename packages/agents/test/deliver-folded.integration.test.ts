import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TemporaryServer, temporaryServer } from '@tmux-orchestrator/tmux-driver/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { PaneIo } from '../src/index.ts'
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

const lines = (word: string): string =>
  Array.from({ length: 20 }, (_, index) => `${word} ${index}`).join('\n')
const long = lines('please')

async function idleSim(options: Readonly<Record<string, string>> = {}): Promise<Actor> {
  const agent = await stage.launch(stage.sim, { options })
  await agent.idle()
  return agent
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

async function shows(agent: Actor, text: string): Promise<void> {
  await waitFor(`${text} shows`, async () => (await agent.screen()).includes(text))
}

/** What a human pastes. */
async function pasteByHand(agent: Actor, text: string, shown: string): Promise<void> {
  await stage.tmux.paste(agent.pane, text, { bracketed: true })
  await shows(agent, shown)
}

async function closeDialog(agent: Actor): Promise<void> {
  await stage.tmux.keys(agent.pane, 'Escape')
  await agent.idle()
}

/** The real connection; what it pasted and pressed is counted. */
function counted(change: (io: PaneIo) => Partial<PaneIo> = () => ({})): {
  readonly io: PaneIo
  readonly counts: { pastes: number; keys: number }
} {
  const { tmux } = stage
  const counts = { pastes: 0, keys: 0 }
  const io: PaneIo = {
    list: (options) => tmux.list(options),
    capture: (pane, options) => tmux.capture(pane, options),
    paste: async (pane, text, options) => {
      counts.pastes += 1
      await tmux.paste(pane, text, options)
    },
    keys: async (pane, ...keys) => {
      counts.keys += 1
      await tmux.keys(pane, ...keys)
    },
  }
  return { io: { ...io, ...change(io) }, counts }
}

async function enter(agent: Actor, text: string): Promise<void> {
  await stage.tmux.paste(agent.pane, text)
  await shows(agent, text)
  await stage.tmux.keys(agent.pane, 'Enter')
  await waitFor('it is taken', async () => received(agent).includes(text))
}

/** The agent works and then asks for permission, once its box was seen with the folded message and before its Enter. */
async function cutOff(agent: Actor, token: string): Promise<void> {
  await enter(agent, '/slow 2')
  await enter(agent, '/permission rm -rf build')
  let isSeen = false
  const isAsking = async (): Promise<boolean> => (await agent.activity()) === 'blocked-permission'
  const { io, counts } = counted(({ list, capture }) => ({
    list: async (options) => {
      if (isSeen) await waitFor('it asks', isAsking)
      return list(options)
    },
    capture: async (pane, options) => {
      const look = await capture(pane, options)
      isSeen ||= look.text.includes('[Pasted text #')
      return look
    },
  }))
  expect((await agent.send(long, { token, tmux: io })).status).toBe('unknown')
  expect([isSeen, counts]).toEqual([true, { pastes: 1, keys: 0 }])
}

describe('a folded message of ours that a dialog cut off from its Enter', () => {
  it('is refused while the dialog is open, and finished with Enter alone once it is closed', async () => {
    const agent = await idleSim()
    const token = newToken()
    await cutOff(agent, token)
    expect(await agent.send(long, { token })).toMatchObject({ status: 'refused', reason: 'dialog' })
    await closeDialog(agent)
    const { io, counts } = counted()
    expect(await agent.send(long, { token, tmux: io })).toMatchObject({ status: 'submitted' })
    expect(counts).toEqual({ pastes: 0, keys: 1 })
    expect(received(agent).filter((text) => text.includes(token))).toHaveLength(1)
    expect(received(agent).at(-1)).toContain('please 19')
  })

  it('is left to the human who puts another folded paste in its place, and nothing of it is sent', async () => {
    const agent = await idleSim()
    const token = newToken()
    await cutOff(agent, token)
    await closeDialog(agent)
    await stage.tmux.keys(agent.pane, 'BSpace')
    await waitFor('it is gone', async () => !(await agent.screen()).includes('[Pasted text #'))
    await pasteByHand(agent, lines('mine'), '+19 lines]')
    expect(await agent.send(long, { token })).toMatchObject({ status: 'refused', reason: 'draft' })
    expect(received(agent)).toHaveLength(2)
    await stage.tmux.keys(agent.pane, 'Enter')
    await waitFor('the human’s is sent', async () => received(agent).at(-1)?.includes('mine 19') === true)
    await agent.idle()
    expect(await agent.send(long, { token })).toMatchObject({ status: 'submitted' })
    expect(received(agent).filter((text) => text.includes(token))).toHaveLength(1)
  })

  it('is left alone when a human types behind it', async () => {
    const agent = await idleSim()
    const token = newToken()
    await cutOff(agent, token)
    await closeDialog(agent)
    await stage.tmux.type(agent.pane, ' and more')
    await shows(agent, 'lines] and more')
    expect(await agent.send(long, { token })).toMatchObject({ status: 'refused', reason: 'draft' })
    expect(received(agent)).toHaveLength(2)
  })
})

describe('a folded message of ours that a dialog swallowed', () => {
  it('is not taken for the folded paste of the human who closed the dialog', async () => {
    const agent = await idleSim({ 'dialog-on-paste': 'rm -rf build' })
    const token = newToken()
    expect((await agent.send(long, { token })).status).toBe('unknown')
    await closeDialog(agent)
    await pasteByHand(agent, lines('mine'), '[Pasted text #')
    expect(await agent.send(long, { token })).toMatchObject({ status: 'refused', reason: 'draft' })
    expect(received(agent)).toEqual([])
    await stage.tmux.keys(agent.pane, 'Enter')
    await waitFor('the human’s is sent', async () => received(agent).length === 1)
    await agent.idle()
    expect(await agent.send(long, { token })).toMatchObject({ status: 'submitted' })
  })

  it('is not taken for it either when that comes while the delivery still looks for its own', async () => {
    const agent = await idleSim({ 'dialog-on-paste': 'rm -rf build' })
    const token = newToken()
    const delivery = agent.send(long, { token })
    await waitFor('it asks', async () => (await agent.activity()) === 'blocked-permission')
    await closeDialog(agent)
    await pasteByHand(agent, lines('mine'), '[Pasted text #')
    expect((await delivery).status).toBe('unknown')
    expect(received(agent)).toEqual([])
  })
})
