import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { temporaryServer } from '@tmux-orchestrator/tmux-driver/testing'
import { expect, it } from 'vitest'
import { endServer } from '../src/end-server.ts'
import { removeSocket } from '../src/remove-socket.ts'

const path = { PATH: process.env['PATH'] }

it('ends a server that has nothing but our anchor, and only such a one', async () => {
  await using server = await temporaryServer()
  const session = await server.tmux.newSession({ name: 'mine', command: ['cat'] })
  expect(await endServer(path, { path: server.socketPath })).toBe(false)
  await server.tmux.killSession(session.session)
  expect(await endServer(path, { path: server.socketPath })).toBe(true)
  expect(await endServer(path, { path: server.socketPath })).toBe(false)
})

it('looks again when its connection is lost before it knows', async () => {
  await using server = await temporaryServer()
  // Its first client ends instead of asking; whether the server did too, only the second one can tell.
  const program = join(dirname(server.socketPath), 'tmux')
  const script = `#!/bin/sh
case "$*" in *-V*) exec tmux "$@" ;; esac
mkdir '${program}.first' 2>/dev/null || exec tmux "$@"
while IFS= read -r line; do
  case "$line" in *list-panes*) exit ;; esac
  printf '%s\\n' "$line"
done | tmux "$@"
`
  await writeFile(program, script, { mode: 0o755 })
  expect(await endServer({ ...path, TMO_TMUX: program }, { path: server.socketPath })).toBe(true)
})

it('removes the file of a socket that nobody listens at, and nothing else', async () => {
  await using server = await temporaryServer()
  expect(await removeSocket(server.socketPath)).toBe(false)
  await server.tmux.killServer()
  expect(existsSync(server.socketPath)).toBe(true)
  expect(await removeSocket(server.socketPath)).toBe(true)
  expect(existsSync(server.socketPath)).toBe(false)
  expect(await removeSocket(server.socketPath)).toBe(false)
  await writeFile(server.socketPath, 'a file')
  expect(await removeSocket(server.socketPath)).toBe(false)
  expect(existsSync(server.socketPath)).toBe(true)
})
