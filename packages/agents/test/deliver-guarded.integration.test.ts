import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseRecord, type RecordLine } from '@tmux-orchestrator/agent-sim'
import { type TemporaryServer, temporaryServer } from '@tmux-orchestrator/tmux-driver/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
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

/** The real connection, with something that happens right before a paste or a key, after the last look. */
function io(before: { readonly paste?: () => Promise<void>; readonly keys?: () => Promise<void> }): PaneIo {
  const { tmux } = stage
  return {
    list: (options) => tmux.list(options),
    capture: (pane, options) => tmux.capture(pane, options),
    paste: async (pane, text, options) => {
      await before.paste?.()
      await tmux.paste(pane, text, options)
    },
    keys: (pane, ...keys) => tmux.keys(pane, ...keys),
    keysWhile: async (pane, sight, ...keys) => {
      await before.keys?.()
      await tmux.keysWhile(pane, sight, ...keys)
    },
  }
}

function record(agent: Actor): readonly RecordLine[] {
  const file = join(stage.folder, 'sim', 'records', `${agent.handle.conversationId}.jsonl`)
  return parseRecord(readFileSync(file, 'utf8'))
}

const shows = (agent: Actor, text: string): Promise<void> =>
  waitFor(`it shows ${text}`, async () => (await agent.screen()).includes(text))

it('a dialog that opens between the last look and the Enter gets no key, and the message comes once it is closed', async () => {
  const agent = await stage.launch(stage.sim, { options: { 'dialog-every-ms': '600' } })
  await shows(agent, 'Do you want to proceed?')
  await stage.tmux.keys(agent.pane, '2')
  await agent.idle()
  const token = newToken()
  const tmux = io({ keys: () => shows(agent, 'make target-1') })
  expect((await agent.send('please go on', { token, tmux })).status).toBe('unknown')
  const dialogs = record(agent).filter((line) => line.type === 'dialog')
  expect(dialogs.map((line) => line.did)).toEqual(['opened', 'denied', 'opened'])
})

it('letters of a human that come between the last look and the paste are left alone', async () => {
  const agent = await stage.launch(stage.sim)
  await agent.idle()
  let isTyped = false
  const paste = async (): Promise<void> => {
    if (isTyped) return
    isTyped = true
    await stage.tmux.type(agent.pane, 'my own')
    await shows(agent, '> my own')
  }
  expect(await agent.send('hello', { tmux: io({ paste }) })).toMatchObject({
    status: 'refused',
    reason: 'draft',
  })
  expect(await agent.screen()).toMatch(/> my own\s*│/)
})
