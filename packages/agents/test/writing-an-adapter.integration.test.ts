import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { simProgram } from '@tmux-orchestrator/agent-sim'
import { Tmux } from '@tmux-orchestrator/tmux-driver'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AgentAdapter, parseScreenRules } from '../src/index.ts'
import { loadScreenRules } from '../src/load-screen-rules.ts'
import { newToken, openStage, waitFor } from './stage.ts'

const page = new URL('../WRITING-AN-ADAPTER.md', import.meta.url)
const block = new URL('./writing-an-adapter.generated.ts', import.meta.url)
const socket = join(tmpdir(), `tmo-writing-${process.pid}`)
let tmux: Tmux
let create: (program: string, home: string) => AgentAdapter

beforeAll(async () => {
  const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(await readFile(page, 'utf8')) ?? []
  await writeFile(block, code)
  const module: { createExampleAdapter: typeof create } = await import(block.href)
  create = module.createExampleAdapter
  tmux = await Tmux.open({ socket: { path: socket } })
})
afterAll(async () => {
  await tmux.killServer()
  await tmux.close()
  await rm(block, { force: true })
  await rm(socket, { force: true })
})

describe('the adapter that the page makes', () => {
  it('starts its program with a brief, reads it, and delivers with proof', async () => {
    await using stage = await openStage(tmux)
    const adapter = create(simProgram(), join(stage.folder, 'sim'))
    const token = newToken()
    const agent = await stage.launch(adapter, { brief: `[brief ${token}] hello` })
    await waitFor(
      'the brief is proven',
      async () => (await adapter.findToken({ ...agent.handle, token })) === 'present',
    )
    await agent.idle()
    expect(await agent.send('/exit is only text here')).toMatchObject({
      status: 'submitted',
      proof: 'example transcript',
    })
    expect(await adapter.conversation(agent.handle)).toBe('present')
  })

  it('has a prompt box that is told from a dialog', async () => {
    const adapter = create('none', 'nowhere')
    const box = `╭${'─'.repeat(20)}╮\n│ > a draft           │\n╰${'─'.repeat(20)}╯\n  idle`
    expect(adapter.readScreen(box)).toEqual({ kind: 'prompt', box: 'a draft', working: false })
    expect(adapter.readScreen(`${box}\n Do you want to proceed?`)).toMatchObject({ kind: 'dialog' })
    expect(adapter.readScreen('$ ')).toEqual({ kind: 'unknown' })
  })
})

it('the changes to rules that the page shows are taken', async () => {
  const [, json = ''] = /```json\n([\s\S]*?)```/.exec(await readFile(page, 'utf8')) ?? []
  const rules = loadScreenRules('claude', JSON.parse(json))
  expect(rules.tested.below).toBe('2.3.0')
  expect(rules.rules.some(({ id }) => id === 'theme')).toBe(false)
  expect(() => parseScreenRules({ version: '1' }, 'here')).toThrow(/here/)
})
