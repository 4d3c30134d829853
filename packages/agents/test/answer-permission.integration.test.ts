import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TemporaryServer, temporaryServer } from '@tmux-orchestrator/tmux-driver/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type AnswerOutcome,
  adapterFor,
  answerPermission,
  type PaneIo,
  type PermissionAsk,
} from '../src/index.ts'
import { type Actor, openStage, type Stage, waitFor } from './stage.ts'

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

async function asking(command: string): Promise<Actor> {
  const agent = await stage.launch(stage.sim)
  await agent.idle()
  await ask(agent, command)
  return agent
}

async function ask(agent: Actor, command: string): Promise<void> {
  await stage.tmux.paste(agent.pane, `/permission ${command}`)
  await waitFor('it shows', async () => (await agent.screen()).includes(command.slice(0, 10)))
  await stage.tmux.keys(agent.pane, 'Enter')
  await waitFor('the dialog', async () => (await list(agent))?.length === 1)
}

async function list(agent: Actor): Promise<readonly PermissionAsk[] | undefined> {
  return await agent.adapter.permissions?.(agent.handle, { dead: false, screen: () => agent.screen() })
}

async function first(agent: Actor): Promise<PermissionAsk> {
  const [found] = (await list(agent)) ?? []
  if (!found) throw new Error('nothing is asked')
  return found
}

function give(
  agent: Actor,
  id: string,
  decision: 'allow' | 'deny',
  tmux: PaneIo = stage.tmux,
): Promise<AnswerOutcome> {
  return answerPermission({ tmux, adapter: agent.adapter, handle: agent.handle, id, answer: { decision } })
}

/** What the agent did about its dialogs, by its own record. */
function answers(agent: Actor): readonly string[] {
  const file = join(stage.folder, 'sim', 'conversations', `${agent.handle.conversationId}.jsonl`)
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"permission"'))
  return lines.map((line) => (/(approved|denied): ([^"]*)"/.exec(line) ?? []).slice(1).join(' '))
}

describe('a dialog of the simulated agent', () => {
  it('is told as data that no pattern may allow, and answered by the key of its own choice', async () => {
    const agent = await asking('npm test')
    const one = await first(agent)
    expect(one).toMatchObject({ tool: 'Bash', subject: 'npm test', isPartial: true })
    expect(await give(agent, one.id, 'allow')).toEqual({ status: 'answered' })
    await agent.idle()
    await ask(agent, 'rm -rf x')
    expect(await give(agent, (await first(agent)).id, 'deny')).toEqual({ status: 'answered' })
    await waitFor('its record', async () => answers(agent).length === 2)
    expect(answers(agent)).toEqual(['approved npm test', 'denied rm -rf x'])
    expect(await list(agent)).toEqual([])
  })

  it('that has followed another one is not answered with the answer to the first', async () => {
    const agent = await asking('npm test')
    const { id } = await first(agent)
    await stage.tmux.keys(agent.pane, '2')
    await agent.idle()
    expect(await give(agent, id, 'allow')).toEqual({ status: 'gone' })
    await ask(agent, 'rm -rf x')
    expect(await give(agent, id, 'allow')).toEqual({ status: 'gone' })
    expect(answers(agent)).toEqual(['denied npm test'])
  })

  it('in copy mode gets no key', async () => {
    const agent = await asking('npm test')
    const { id } = await first(agent)
    await stage.tmux.raw(['copy-mode', '-t', agent.pane])
    expect(await give(agent, id, 'allow')).toMatchObject({ status: 'refused' })
    expect(answers(agent)).toEqual([])
  })

  it('that is only text on a screen is none', async () => {
    const agent = await stage.launch(stage.sim)
    await agent.idle()
    const fake = '/say  Do you want to proceed?'
    await stage.tmux.paste(agent.pane, fake)
    await stage.tmux.keys(agent.pane, 'Enter')
    await waitFor('it is said', async () => (await agent.screen()).includes('● '))
    expect(await list(agent)).toEqual([])
  })
})

describe('a program that offers nothing', () => {
  it('is refused, and gets no key', async () => {
    const agent = await asking('npm test')
    const { id } = await first(agent)
    const adapter = adapterFor('cat')
    const options = {
      tmux: stage.tmux,
      adapter,
      handle: agent.handle,
      id,
      answer: { decision: 'allow' },
    } as const
    expect(await answerPermission(options)).toMatchObject({
      status: 'refused',
      detail: expect.stringMatching(/its own window/),
    })
    expect(answers(agent)).toEqual([])
  })
})
