import { join } from 'node:path'
import { simProgram } from '@tmux-orchestrator/agent-sim'
import { type TemporaryServer, temporaryServer } from '@tmux-orchestrator/tmux-driver/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  type Activity,
  type ActivityChange,
  type AgentAdapter,
  adapterFor,
  judge,
  screenFinding,
  watchActivity,
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

/** Watches until the test ends, and keeps all that is told. */
function watchAll(agents: Readonly<Record<string, Actor>>, adapter?: AgentAdapter) {
  const stop = new AbortController()
  const told: ActivityChange[] = []
  const watched = Object.entries(agents).map(([name, { handle, adapter: own }]) => ({
    name,
    handle,
    adapter: adapter ?? own,
  }))
  const done = (async () => {
    for await (const change of watchActivity({ tmux: stage.tmux, agents: watched, signal: stop.signal }))
      told.push(change)
  })()
  return {
    told,
    states: (name: string): readonly string[] =>
      told.filter(({ agent }) => agent === name).map(({ activity }) => activity.state),
    end: async (): Promise<void> => {
      stop.abort()
      await done
    },
  }
}

it('tells what each agent does, each change of it, and nothing of those that do not change', async () => {
  const [a, b] = [await stage.launch(stage.sim), await stage.launch(stage.sim)]
  await Promise.all([a.idle(), b.idle()])
  const watch = watchAll({ a, b })
  try {
    await waitFor('both are told', async () => watch.told.length >= 2)
    await a.send('/slow 1')
    await a.send('begin')
    await stage.tmux.paste(a.pane, '/permission ls')
    await waitFor('it shows', async () => (await a.screen()).includes('> /permission ls'))
    await stage.tmux.keys(a.pane, 'Enter')
    await waitFor('its question is told', async () => watch.states('a').includes('blocked-permission'))
    await stage.tmux.keys(a.pane, '2')
    await waitFor('its rest is told', async () => watch.states('a').at(-1) === 'idle')
    await stage.tmux.killPane(a.pane)
    await waitFor('its end is told', async () => watch.states('a').at(-1) === 'exited')
    expect(watch.states('b')).toEqual(['idle'])
  } finally {
    await watch.end()
  }
})

it('tells by the screen alone where nothing else tells', async () => {
  const simPrompt = 'claude'
  const sim = adapterFor('sim', { simHome: join(stage.folder, 'sim'), simProgram: simProgram(), simPrompt })
  const agent = await stage.launch(sim, { options: { 'work-ms': '1500' } })
  await agent.idle()
  const activity: AgentAdapter['activity'] = async (_handle, look): Promise<Activity> => {
    const at = Date.now()
    const screen = (await look.screen?.()) ?? ''
    return judge([{ ...screenFinding(sim.readScreen(screen), { now: at }), source: 'screen', at }])
  }
  const { program, proof, shells } = sim
  const none = {
    detect: sim.detect,
    prepare: sim.prepare,
    conversation: sim.conversation,
    findToken: sim.findToken,
  }
  const readScreen: AgentAdapter['readScreen'] = (screen) => sim.readScreen(screen)
  const watch = watchAll({ agent }, { program, proof, shells, ...none, readScreen, activity })
  try {
    await waitFor('it is told', async () => watch.states('agent').includes('idle'))
    await agent.send('begin')
    await waitFor('its work is told', async () => watch.states('agent').at(-1) === 'working')
    await waitFor('its rest is told', async () => watch.states('agent').at(-1) === 'idle')
  } finally {
    await watch.end()
  }
})
