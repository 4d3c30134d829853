import { expect, it } from 'vitest'
import { temporaryServer } from '../src/testing.ts'

it('makes a session, types into it and reads the screen back', async () => {
  await using server = await temporaryServer()
  const { tmux } = server
  const { session, window, pane } = await tmux.newSession({ name: 'work', command: ['cat', '-'] })
  await tmux.paste(pane, 'hello')
  await tmux.keys(pane, 'Enter')
  await expect.poll(async () => (await tmux.capture(pane)).lines.slice(0, 2)).toEqual(['hello', 'hello'])
  expect(await tmux.list({ fields: ['session', 'window', 'pane', 'dead', 'sessionName', '@x'] })).toEqual([
    { session, window, pane, dead: false, sessionName: 'work', '@x': '' },
  ])
  expect(tmux.processesStarted).toBe(1)
})
