import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
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
import { fixtureScreen } from './fixture-screens.ts'
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

describe('a dialog of Codex', () => {
  const command = 'touch /home/dev/my-project/tmp/esc1'

  /** A stand-in that shows what stands in a file, and notes every key. */
  async function showing(): Promise<{ agent: Actor; show(screen: string): void; keys(): string }> {
    const [shown, pressed] = [join(stage.folder, 'shown'), join(stage.folder, 'pressed')]
    const bin = join(stage.folder, 'bin')
    mkdirSync(bin)
    const paint = `[ "$shown" = "$(cat '${shown}')" ] || { shown=$(cat '${shown}'); printf '\\033[H\\033[J%s' "$shown"; }`
    const lines = [
      '#!/bin/sh',
      '[ "$1" = --version ] && { echo codex-cli 0.169.0; exit; }',
      'stty raw -echo',
      `(while kill -0 $$ 2> /dev/null; do ${paint}; sleep 0.05; done) < /dev/null &`,
      `exec cat > '${pressed}'`,
    ]
    writeFileSync(join(bin, 'codex'), `${lines.join('\n')}\n`, { mode: 0o755 })
    const show = (screen: string): void => writeFileSync(shown, screen.replaceAll('\n', '\r\n'))
    show('')
    const env = { HOME: stage.folder, PATH: `${bin}:${process.env['PATH']}` }
    const agent = await stage.launch(adapterFor('codex', { env }), { permissionMode: 'on-request' })
    await waitFor('it runs', async () => existsSync(pressed))
    return { agent, show, keys: () => readFileSync(pressed, 'utf8') }
  }

  const leave = (agent: Actor, id: string, subject: string): void => {
    const payload = { tool_name: 'Bash', tool_input: { command: subject } }
    writeFileSync(join(agent.handle.stateDir, 'permissions', `${id}.dialog`), JSON.stringify(payload))
  }

  it('that does not stand yet, or shows no command that can be told, is left alone and not called gone', async () => {
    const { agent, show, keys } = await showing()
    leave(agent, '7-1', 'touch a\n$ ls -l\n$ touch b')
    expect(await give(agent, '7-1', 'allow')).toMatchObject({ status: 'refused' })
    show(fixtureScreen('codex', 'permission-lines'))
    await waitFor('the dialog', async () => (await agent.screen()).includes('1. Yes, proceed'))
    expect(await give(agent, '7-1', 'allow')).toMatchObject({
      status: 'refused',
      detail: expect.stringMatching(/whole/),
    })
    expect(await give(agent, '7-2', 'allow')).toEqual({ status: 'gone' })
    expect(keys()).toBe('')
  })

  it('is answered by its key, and by none while it is that of another', async () => {
    const { agent, show, keys } = await showing()
    leave(agent, '7-1', command)
    leave(agent, '7-2', `${command}0`)
    show(fixtureScreen('codex', 'permission'))
    await waitFor('the dialog', async () => (await agent.screen()).includes('1. Yes, proceed'))
    expect(await give(agent, '7-2', 'allow')).toMatchObject({ status: 'refused' })
    expect(keys()).toBe('')
    const given = give(agent, '7-1', 'allow')
    await waitFor('the key', async () => keys() !== '')
    show(fixtureScreen('codex', 'permission').replaceAll('esc1', 'esc10'))
    expect(await given).toEqual({ status: 'answered' })
    expect(keys()).toBe('y')
  })

  it('gets no key when another one takes its place between the last look and the key', async () => {
    const { agent, show, keys } = await showing()
    leave(agent, '7-1', command)
    show(fixtureScreen('codex', 'permission'))
    await waitFor('the dialog', async () => (await agent.screen()).includes('1. Yes, proceed'))
    const { tmux } = stage
    const replacing: PaneIo = {
      list: (options) => tmux.list(options),
      capture: (pane, options) => tmux.capture(pane, options),
      paste: (pane, text, options) => tmux.paste(pane, text, options),
      keys: (pane, ...names) => tmux.keys(pane, ...names),
      keysWhile: async (pane, sight, ...names) => {
        show(fixtureScreen('codex', 'permission').replaceAll('esc1', 'esc10'))
        await waitFor('the other dialog', async () => (await agent.screen()).includes('esc10'))
        await tmux.keysWhile(pane, sight, ...names)
      },
    }
    const given = await give(agent, '7-1', 'allow', replacing)
    expect(given).toEqual({ status: 'refused', detail: expect.stringMatching(/changed/) })
    expect(keys()).toBe('')
  })
})
