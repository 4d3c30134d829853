import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { messageOf, waitFor } from './agent.ts'
import { ofTheDay, programsOfTheDay } from './programs.ts'
import { openRoom } from './room.ts'
import { watchedIo } from './watched-io.ts'

/** Other tests have panes of 120 columns and 40 rows. */
const sizes = [
  { cols: 80, rows: 24 },
  { cols: 200, rows: 50 },
] as const
const lines = Array.from({ length: 20 }, (_, line) => `line ${line} of a longer message`).join('\n')

describe.each(programsOfTheDay)('$name $version', (program) => {
  it.skipIf(!program.isHere).each(ofTheDay(sizes))(
    'in a pane of $cols columns and $rows rows is idle, works, asks, and takes its messages',
    async (size) => {
      await using room = await openRoom(program, { size })
      const { agent } = await room.begin('Wait.', { permissionMode: program.askingMode })
      await agent.until(['idle'])
      // a screen may follow a moment later than a title or a record
      const shows = (isWorking: boolean): Promise<void> =>
        waitFor(
          () => (isWorking ? 'work on its screen' : 'an empty box'),
          async () => {
            const reading = await agent.reading()
            return reading.kind === 'prompt' && reading.working === isWorking && reading.box === ''
          },
          { describe: () => agent.screen() },
        )
      await shows(false)
      await agent.submit(messageOf('<<slow 5>>'))
      await agent.until(['working'])
      await shows(true)
      await agent.until(['idle'])
      const canary = join(room.home, 'canary')
      await agent.submit(messageOf(program.asking(canary)))
      await agent.until(['blocked-permission'])
      await waitFor(
        () => 'the dialog',
        () => agent.isAsking(),
        { describe: () => agent.screen() },
      )
      const io = watchedIo(room.tmux)
      expect(await agent.send('hello', { tmux: io })).toMatchObject({ status: 'refused', reason: 'dialog' })
      expect([io.pastes, io.presses]).toEqual([[], []])
      await room.tmux.keys(agent.pane, 'Escape')
      await agent.until(['idle'])
      expect(existsSync(canary)).toBe(false)
      const message = messageOf(lines)
      await agent.submit(message)
      await agent.atModel(message.token)
      expect(agent.arrivals(message.token)).toEqual([expect.stringContaining(message.text)])
    },
  )
})
