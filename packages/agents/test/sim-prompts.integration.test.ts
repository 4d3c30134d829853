import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defaultPersona, parseConversation, simProgram } from '@tmux-orchestrator/agent-sim'
import { type TemporaryServer, temporaryServer } from '@tmux-orchestrator/tmux-driver/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AgentAdapter, adapterFor, type SimPrompt } from '../src/index.ts'
import { type Actor, newToken, openStage, type Stage, waitFor } from './stage.ts'

const prompts: readonly SimPrompt[] = ['sim', 'claude', 'codex', 'gemini', 'opencode']

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

function adapterWith(simPrompt: SimPrompt): AgentAdapter {
  return adapterFor('sim', { simHome: join(stage.folder, 'sim'), simProgram: simProgram(), simPrompt })
}

function received(agent: Actor): readonly string[] {
  const file = join(stage.folder, 'sim', 'conversations', `${agent.handle.conversationId}.jsonl`)
  const lines = parseConversation(readFileSync(file, 'utf8'))
  return lines.flatMap((line) => (line.type === 'user' && line.via !== 'summary' ? [line.text] : []))
}

async function launch(simPrompt: SimPrompt, options: Readonly<Record<string, string>> = {}): Promise<Actor> {
  const agent = await stage.launch(adapterWith(simPrompt), { options })
  await agent.idle()
  return agent
}

describe.each(prompts)('a delivery into the prompt box of %s', (prompt) => {
  it.each([
    ['one line', 'hello'],
    ['20 lines', Array.from({ length: 20 }, (_, index) => `line ${index}`).join('\n')],
    ['5 KB', 'word '.repeat(1_000)],
    ['a trailing backslash', 'look \\'],
  ])('of %s is submitted once and whole', async (_name, text) => {
    const agent = await launch(prompt)
    expect(await agent.send(text)).toMatchObject({ status: 'submitted' })
    const letters = (from: string): string => from.replace(/[^\p{L}\p{N}]+/gu, '')
    expect(received(agent)).toHaveLength(1)
    expect(letters(received(agent)[0] ?? '')).toContain(letters(text))
  })

  it('is refused while a dialog stands, and presses nothing in it', async () => {
    const agent = await stage.launch(adapterWith(prompt), { options: { 'dialog-every-ms': '50' } })
    await waitFor('it asks', async () => (await agent.activity()) === 'blocked-permission')
    expect(await agent.send('please go on')).toMatchObject({ status: 'refused', reason: 'dialog' })
    expect(await agent.activity()).toBe('blocked-permission')
  })

  it('is unknown where a dialog swallows it, and no key follows', async () => {
    const agent = await launch(prompt, { 'dialog-on-paste': 'rm -rf build' })
    expect((await agent.send('please go on')).status).toBe('unknown')
    expect(await agent.activity()).toBe('blocked-permission')
  })

  it('leaves a draft alone', async () => {
    const agent = await launch(prompt, { draft: 'my own thoughts' })
    await waitFor('it shows', async () => (await agent.screen()).includes('my own thoughts'))
    expect(await agent.send('hello')).toMatchObject({ status: 'refused', reason: 'draft' })
    expect(await agent.screen()).toContain('my own thoughts')
  })

  it('while it works is submitted or refused as busy, and is there once', async () => {
    const agent = await launch(prompt, { 'work-ms': '1500' })
    await agent.send('begin')
    const token = newToken()
    const outcome = await agent.send('and this', { token })
    if (prompt === 'gemini') expect(outcome).toMatchObject({ status: 'refused', reason: 'busy' })
    else expect(outcome).toMatchObject({ status: 'submitted' })
    await agent.idle()
    expect(await agent.send('and this', { token })).toMatchObject({ status: 'submitted' })
    expect(received(agent)).toHaveLength(2)
  })
})

describe('the simulated agent', () => {
  it('takes every option that its program has', async () => {
    const options = Object.fromEntries(
      Object.keys(defaultPersona)
        .filter((key) => key !== 'prompt')
        .map((key) => [key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), '1']),
    )
    const place = { cwd: stage.folder, conversationId: randomUUID(), stateDir: join(stage.folder, 'state') }
    const who = { orchestration: 'o-abcd', name: 'a', role: 'developer', tmoBin: stage.folder, env: {} }
    const plan = await stage.sim.prepare({ ...who, ...place, mode: 'new', options })
    expect(plan.argv).toEqual(expect.arrayContaining(Object.keys(options).map((name) => `--${name}`)))
  })

  it('that is limited is so until its reset, takes nothing before and messages after', async () => {
    const agent = await launch('sim', { 'limit-every': '1', 'limit-ms': '3000' })
    await agent.send('hello')
    await waitFor('it is limited', async () => (await agent.activity()) === 'limited')
    const activity = await agent.adapter.activity(agent.handle, { dead: false })
    expect(activity).toMatchObject({ source: 'status-file', resetAt: expect.any(Number) })
    expect(await agent.send('too early')).toMatchObject({ status: 'refused', reason: 'busy' })
    const token = newToken()
    await waitFor('it takes it', async () => (await agent.send('later', { token })).status === 'submitted')
    expect(received(agent)).toHaveLength(2)
  })

  it('that compacts its conversation quotes a token, which proves nothing', async () => {
    const agent = await launch('sim', { 'compact-every': '1', 'compact-ms': '50' })
    const token = newToken()
    await agent.send('hello', { token })
    await waitFor('it is compacted', async () => (await agent.screen()).includes('Compacted.'))
    const file = join(stage.folder, 'sim', 'conversations', `${agent.handle.conversationId}.jsonl`)
    const summary = parseConversation(readFileSync(file, 'utf8')).find(
      (line) => line.type === 'user' && line.via === 'summary',
    )
    expect(summary).toMatchObject({ text: expect.stringContaining(token) })
    expect(received(agent)).toHaveLength(1)
  })
})
