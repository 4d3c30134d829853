import { existsSync } from 'node:fs'
import { join } from 'node:path'
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

async function runningCat(): Promise<Actor> {
  const cat = await stage.launch(adapterFor('cat'))
  await waitFor('cat has the pane', async () =>
    (await stage.tmux.list({ fields: ['pane', 'command'] })).some(
      (row) => row.pane === cat.pane && row.command === 'cat',
    ),
  )
  return cat
}

describe('a delivery to a program that offers no proof', () => {
  it('is typed once and never called submitted', async () => {
    const cat = await runningCat()
    expect(await cat.send('hello there')).toMatchObject({
      status: 'unknown',
      detail: expect.stringContaining('no proof'),
    })
    await waitFor('cat has printed it', async () => (await cat.screen()).split('hello there').length === 3)
  })

  it('is not typed again while its token stands on the screen', async () => {
    const cat = await runningCat()
    const token = newToken()
    expect(await cat.send('hello', { token })).toMatchObject({ detail: expect.stringContaining('no proof') })
    await waitFor('cat has printed it', async () => (await cat.screen()).split(token).length === 3)
    expect(await cat.send('hello', { token })).toMatchObject({
      status: 'unknown',
      detail: expect.stringContaining('already'),
    })
    expect((await cat.screen()).split(token)).toHaveLength(3)
  })

  it('goes to a shell that the user chose as the agent', async () => {
    const bash = await stage.launch(adapterFor('bash --norc'))
    await waitFor('the shell is there', async () => (await bash.screen()).trim() !== '')
    expect((await bash.send('hello')).status).toBe('unknown')
  })

  it('is refused when a shell that nobody chose has the pane', async () => {
    const shell = await stage.launch(adapterFor('bash --norc'))
    await waitFor('the shell is there', async () => (await shell.screen()).trim() !== '')
    const before = await shell.screen()
    const delivery = await shell.send(`; touch ${join(stage.folder, 'typed')}`, {
      adapter: adapterFor('aider'),
    })
    expect(delivery).toMatchObject({
      status: 'refused',
      reason: 'unknown-state',
      detail: expect.stringContaining('shell'),
    })
    expect(await shell.screen()).toBe(before)
    expect(existsSync(join(stage.folder, 'typed'))).toBe(false)
  })

  it('is refused when the program asks for a password', async () => {
    const asking = await stage.launch(adapterFor(`sh -c 'printf "Password: "; exec cat'`))
    await waitFor('it asks', async () => (await asking.screen()).includes('Password:'))
    expect(await asking.send('hunter2')).toMatchObject({ status: 'refused', reason: 'dialog' })
    expect(await asking.screen()).not.toContain('hunter2')
  })

  it('is refused by a dead pane, and the server lives on', async () => {
    const brief = await stage.launch(adapterFor('true'))
    await waitFor('it ends', async () =>
      (await stage.tmux.list({ fields: ['pane', 'dead'] })).some(
        (row) => row.pane === brief.pane && row.dead,
      ),
    )
    expect(await brief.send('hello')).toMatchObject({ status: 'refused', reason: 'dead-pane' })
    expect((await stage.tmux.list({ fields: ['pane'] })).length).toBeGreaterThan(0)
  })
})
