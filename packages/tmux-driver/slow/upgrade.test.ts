import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Tmux } from '../src/index.ts'
import { isMissing, programOf } from './tmux-programs.ts'

const installed = { name: 'the installed tmux', tmux: 'tmux' }
const older = { name: 'tmux 3.5', tmux: programOf('trixie') }
const newer = { name: 'tmux 3.8', tmux: programOf('sid') }

/** A server that was started before tmux was upgraded, or by another tmux of this machine. */
const pairs = [
  ...[installed, older].map((server) => ({ server, client: newer })),
  ...[installed, older].map((client) => ({ server: newer, client })),
  ...[
    { server: installed, client: older },
    { server: older, client: installed },
  ],
]

for (const { server, client } of pairs) {
  const isAbsent = isMissing(server.tmux) || isMissing(client.tmux)
  const title = `a server of ${server.name} serves a client of ${client.name}, or is left alone with an error that names versions`
  it.skipIf(isAbsent)(title, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tmo-'))
    const socket = { path: join(directory, 's') }
    const own = await Tmux.open({ socket, tmux: server.tmux })
    try {
      const { pane } = await own.newSession({ name: 'work', command: ['cat', '-'] })
      try {
        await using other = await Tmux.open({ socket, tmux: client.tmux, timeoutMs: 2000 })
        // What it can do is what the server can.
        expect([other.version, other.features]).toEqual([own.version, own.features])
        await other.paste(pane, 'é日本 pasted')
        await other.waitFor(pane, { text: 'é日本 pasted' })
      } catch (error) {
        expect(error).toMatchObject({
          code: expect.stringMatching(/^(TMUX_VERSION|TIMEOUT)$/),
          hint: expect.stringMatching(/newer|version/),
        })
        expect([server, client]).toContain(newer)
      }
      expect(await own.list({ fields: ['pane'] })).toEqual([{ pane }])
    } finally {
      await own.killServer()
      await own.close()
      await rm(directory, { recursive: true, force: true })
    }
  })
}
