import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { simProgram } from '@tmux-orchestrator/agent-sim'
import { type TemporaryServer, temporaryServer } from '@tmux-orchestrator/tmux-driver/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { adapterFor } from '../src/index.ts'
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

async function launch(
  options: Readonly<Record<string, string>>,
  prompt: 'sim' | 'claude' = 'sim',
): Promise<Actor> {
  const place = { simHome: join(stage.folder, 'sim'), simProgram: simProgram(), simPrompt: prompt }
  const agent = await stage.launch(adapterFor('sim', place), { options })
  await agent.idle()
  return agent
}

interface Line {
  readonly type: string
  readonly name?: string
  readonly detail?: string
  readonly text?: string
  readonly base64?: string
}

/** The agent's own record: the conversation, and every read of its terminal. */
function recorded(agent: Actor): readonly Line[] {
  const file = join(stage.folder, 'sim', 'records', `${agent.handle.conversationId}.jsonl`)
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line))
}

const texts = (agent: Actor): readonly (string | undefined)[] =>
  recorded(agent)
    .filter(({ type }) => type === 'user')
    .map(({ text }) => text)

/** The record is written after the conversation, which proves a delivery; when it is idle again, all is written. */
async function hasOnce(agent: Actor, token: string): Promise<void> {
  const count = (): number => texts(agent).filter((text) => text?.includes(token)).length
  await waitFor('the record', async () => count() > 0)
  await agent.idle()
  expect(count()).toBe(1)
}

describe('a delivery', () => {
  it('to a dialog that opens the moment the paste begins sends no byte behind the paste, and is not submitted', async () => {
    const agent = await launch({ 'dialog-on-paste': 'rm -rf build' })
    const token = newToken()
    expect((await agent.send('please go on', { token })).status).toBe('unknown')
    const received = recorded(agent)
      .flatMap(({ base64 }) => (base64 === undefined ? [] : [Buffer.from(base64, 'base64').toString()]))
      .join('')
    expect(received.slice(received.indexOf('\u001b[200~'))).toMatch(/^\u001b\[200~[^\u001b]*\u001b\[201~$/)
    expect(recorded(agent).filter(({ name }) => name === 'permission')).toEqual([])
    expect(await agent.send('please go on', { token })).toMatchObject({ status: 'refused', reason: 'dialog' })
    await stage.tmux.keys(agent.pane, 'Escape')
    await agent.idle()
    expect(recorded(agent)).toContainEqual(expect.objectContaining({ detail: 'denied: rm -rf build' }))
    expect(await agent.send('please go on', { token })).toMatchObject({ status: 'submitted' })
    await hasOnce(agent, token)
  })

  it('leaves a half-typed draft alone, and is made once the draft is gone', async () => {
    const agent = await launch({ draft: 'my own thoughts' })
    expect(await agent.send('hello')).toMatchObject({ status: 'refused', reason: 'draft' })
    expect(await agent.screen()).toMatch(/> my own thoughts\s*│/)
    await stage.tmux.keys(agent.pane, 'Enter')
    await waitFor('the draft is sent', async () => texts(agent).includes('my own thoughts'))
    await agent.idle()
    expect(await agent.send('hello')).toMatchObject({ status: 'submitted' })
  })

  it.each(['sim', 'claude'] as const)(
    'is made although the message before it, which the agent has, still stands in the box of %s',
    async (prompt) => {
      const agent = await launch({ 'keep-every': '1' }, prompt)
      const tokens = [newToken(), newToken(), newToken()]
      for (const token of tokens)
        expect(await agent.send(`first line\nand the second of ${token}`, { token })).toMatchObject({
          status: 'submitted',
        })
      await waitFor('the last one stands there', async () => (await agent.screen()).includes('second of'))
      for (const token of tokens) await hasOnce(agent, token)
    },
  )

  it('leaves a message that the agent has alone once a human has written to it', async () => {
    const agent = await launch({ 'keep-every': '1' })
    expect(await agent.send('hello')).toMatchObject({ status: 'submitted' })
    await stage.tmux.type(agent.pane, ' and more')
    await waitFor('the words of the human', async () => (await agent.screen()).includes('and more'))
    expect(await agent.send('again')).toMatchObject({ status: 'refused', reason: 'draft' })
    expect(await agent.screen()).toMatch(/hello.* and more/)
  })

  it('is submitted once when the first two Enters are lost', async () => {
    const agent = await launch({ 'swallow-enters': '2' })
    const token = newToken()
    expect(await agent.send('hello', { token })).toMatchObject({ status: 'submitted' })
    await hasOnce(agent, token)
  })
})
