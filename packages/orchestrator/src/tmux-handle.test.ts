import type { Tmux } from '@tmux-orchestrator/tmux-driver'
import { expect, it } from 'vitest'
import { TmuxHandle } from './tmux-handle.ts'

const noServer = Object.assign(new Error('no server runs'), { code: 'NO_SERVER' })
const connection = { events: { on: () => undefined } } as unknown as Tmux

it('starts a server for who needs one, also while somebody else finds that none runs', async () => {
  const asked: boolean[] = []
  const handle = new TmuxHandle(
    {
      openTmux: async ({ start }) => {
        asked.push(start)
        await new Promise((resolve) => setImmediate(resolve))
        if (!start) throw noServer
        return connection
      },
    },
    () => undefined,
  )
  const found = await Promise.all([handle.openRunning(), handle.open(), handle.openRunning(), handle.open()])
  expect(found[1]).toBe(connection)
  expect(found[3]).toBe(connection)
  expect(asked).toEqual([false, true])
  expect(await handle.openRunning()).toBe(connection)
})

it('tries again after a failure, and hands it on', async () => {
  let tries = 0
  const handle = new TmuxHandle(
    {
      openTmux: () => {
        tries += 1
        throw new Error('broken')
      },
    },
    () => undefined,
  )
  await expect(handle.open()).rejects.toThrow('broken')
  await expect(handle.openRunning()).rejects.toThrow('broken')
  expect(tries).toBe(2)
})
