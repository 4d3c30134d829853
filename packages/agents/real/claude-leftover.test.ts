import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { messageOf, waitFor } from './agent.ts'
import { claudes } from './programs.ts'
import { openRoom } from './room.ts'

describe.each(claudes)('Claude Code $version', (program) => {
  it.skipIf(!program.isHere)(
    'is given the next message although the one before, with which a turn began, stands in its box',
    async () => {
      await using room = await openRoom(program)
      const { agent } = await room.begin('Wait for messages.')
      await agent.until(['idle'])
      const first = messageOf(`two lines\n\nand ${'many words '.repeat(30)}`)
      await agent.submit(first)
      await agent.atModel(first.token)
      await agent.until(['idle'])
      await room.tmux.paste(agent.pane, first.text, { bracketed: true })
      await waitFor(
        () => 'the text in the box',
        async () => (await agent.boxText()).includes('many words'),
      )
      const next = messageOf('go on')
      await agent.submit(next)
      await agent.atModel(next.token)
      expect(agent.arrivals(first.token)).toHaveLength(1)
      expect(agent.arrivals(next.token)).toEqual([next.text])
    },
  )

  it.skipIf(!program.isHere)(
    'keeps a message that a human takes back with Escape before its first word: it is theirs, and nothing is typed behind it',
    async () => {
      await using room = await openRoom(program)
      const { agent } = await room.begin('Wait for messages.')
      await agent.until(['idle'])
      const first = messageOf('<<hang>>')
      await agent.submit(first)
      await agent.atModel(first.token)
      await room.tmux.keys(agent.pane, 'Escape')
      await waitFor(
        () => 'the message in the box',
        async () => (await agent.boxText()).includes(first.token),
        { describe: () => agent.screen() },
      )
      await agent.until(['idle'])
      expect(await agent.send('go on')).toEqual({
        status: 'refused',
        reason: 'draft',
        detail: `${first.token} stands in the box, and nothing came of it`,
      })
      expect(await agent.boxText()).toBe(first.text)
      await room.tmux.keys(agent.pane, 'C-u')
      await waitFor(
        () => 'an empty box',
        async () => (await agent.boxText()) === '',
        { describe: () => agent.screen() },
      )
      await agent.submit(messageOf('and this one goes through'))
    },
  )

  it.skipIf(!program.isHere)(
    'has the key that takes text out of its box do nothing in a dialog',
    async () => {
      await using room = await openRoom(program)
      const { agent } = await room.begin('Wait for messages.', { permissionMode: program.askingMode })
      await agent.until(['idle'])
      const file = join(room.project, 'asked')
      await agent.submit(messageOf(program.asking(file)))
      await agent.until(['blocked-permission'])
      const keys = room.adapter.leftover?.keys ?? []
      await room.tmux.keys(agent.pane, ...keys, ...keys)
      // 2.1.330 takes its dialog away for a moment after any key
      await waitFor(
        () => 'the dialog stands',
        () => agent.isAsking(),
      )
      await room.tmux.keys(agent.pane, 'Escape')
      await agent.until(['idle'])
      expect(existsSync(file)).toBe(false)
    },
  )
})
