import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { isTmuxError, Tmux } from '../src/index.ts'
import { temporaryServer } from '../src/testing.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tmo-'))
})

afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

async function script(body: string): Promise<string> {
  const path = join(directory, 'tmux')
  await writeFile(path, `#!/bin/sh\n${body}\n`)
  await chmod(path, 0o755)
  return path
}

it('a temporary server is started and ended by the program that it was opened with', async () => {
  const log = join(directory, 'log')
  const tmux = await script(`echo "$@" >>'${log}'; exec tmux "$@"`)
  {
    await using server = await temporaryServer({ tmux })
    await server.tmux.newSession({ name: 'work', command: ['cat', '-'] })
  }
  const calls = (await readFile(log, 'utf8')).trim().split('\n')
  expect(calls).toHaveLength(2)
})

it('a server that drops each connection at once is named as one of another version', async () => {
  const tmux = await script('[ "$1" = -V ] && exec tmux -V; echo "%exit server exited unexpectedly"; exit 1')
  const opening = Tmux.open({ socket: { path: join(directory, 's') }, tmux })
  await expect(opening).rejects.toMatchObject({
    code: 'TMUX_VERSION',
    message: expect.stringMatching(/tmux \d.*server exited unexpectedly/),
    hint: expect.stringContaining('newer'),
  })
})

it('a client that ends without a word, as the server that it came to was ended, is followed by another', async () => {
  const tried = join(directory, 'tried')
  const tmux = await script(`[ -e '${tried}' ] && exec tmux "$@"; touch '${tried}'; echo '%exit'`)
  await using server = await temporaryServer({ tmux })
  expect(server.tmux.processesStarted).toBe(2)
})

it('a configuration with errors does not keep the server from being used, and what stands in it is not half done', async () => {
  const config = join(directory, 'tmux.conf')
  await writeFile(config, 'set -g @before yes\nno-such-command\nset -g @after yes\n')
  await using server = await temporaryServer({ config })
  const { tmux } = server
  const { pane } = await tmux.newSession({ name: 'work', command: ['cat', '-'] })
  await tmux.paste(pane, 'works')
  await tmux.waitFor(pane, { text: 'works' })
  const { lines } = await tmux.raw(['show-options', '-g'])
  const set = lines.filter((line) => line.startsWith('@'))
  expect([[], ['@before yes', '@after yes']]).toContainEqual(set)
  expect(await tmux.list({ fields: ['pane', 'inMode'] })).toEqual([{ pane, inMode: false }])
})

it('many handles that open and close at once, again and again, leave the server and what runs in it alone', async () => {
  await using server = await temporaryServer()
  const { tmux, socketPath } = server
  const { pane } = await tmux.newSession({ name: 'work', command: ['cat', '-'] })
  const lost: unknown[] = []
  tmux.events.on('server:lost', (event) => lost.push(event))
  const { pid } = tmux.server
  for (let round = 0; round < 10; round += 1) {
    const handles = await Promise.all(
      Array.from({ length: 8 }, () => Tmux.open({ socket: { path: socketPath } })),
    )
    expect(new Set(handles.map((handle) => handle.server.pid))).toEqual(new Set([pid]))
    await Promise.all(handles.map((handle) => handle.close()))
  }
  expect(await tmux.list({ fields: ['pane'] })).toEqual([{ pane }])
  expect([lost, tmux.server.pid, tmux.processesStarted]).toEqual([[], pid, 1])
})

it('an opening whose signal is aborted already starts nothing', async () => {
  const tmux = await script(`touch '${directory}/started'; exec tmux "$@"`)
  const reason = new Error('too late')
  const socket = { path: join(directory, 's') }
  await expect(Tmux.open({ socket, tmux, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  expect(await readdir(directory)).toEqual(['tmux'])
})

it('openings that are given up at any moment leave the server and what runs in it alone', async () => {
  await using server = await temporaryServer()
  const { tmux, socketPath } = server
  const { pane } = await tmux.newSession({ name: 'work', command: ['cat', '-'] })
  const { pid } = tmux.server
  let aborted = 0
  for (let round = 0; round < 100; round += 1) {
    const opening = Tmux.open({ socket: { path: socketPath }, signal: AbortSignal.timeout(round % 15) })
    await opening.then(
      (handle) => handle.close(),
      () => {
        aborted += 1
      },
    )
  }
  expect(aborted).toBeGreaterThan(20)
  expect(await tmux.list({ fields: ['pane'] })).toEqual([{ pane }])
  expect([tmux.server.pid, tmux.processesStarted]).toEqual([pid, 1])
})

it('drivers that open while others end the server, over and over, all get one in the end', async () => {
  const socket = { path: join(directory, 's') }
  for (let round = 0; round < 15; round += 1) {
    const first = await Tmux.open({ socket })
    await first.newSession({ name: 'work', command: ['cat', '-'] })
    const opening = Array.from({ length: 3 }, () => Tmux.open({ socket }))
    const ending = first.killServer()
    const [, ...opened] = await Promise.all([ending, ...opening])
    for (const tmux of opened) {
      const answer = await ask(tmux)
      expect(answer).toEqual(['here'])
    }
    await opened[0]?.killServer()
    for (const tmux of [first, ...opened]) await tmux.close()
  }
})

/** One whose server was ended under it is connected anew by the next call. */
async function ask(tmux: Tmux): Promise<readonly string[]> {
  const once = async (): Promise<readonly string[]> =>
    (await tmux.raw(['display-message', '-p', 'here'])).lines
  return await once().catch((error: unknown) => {
    if (isTmuxError(error, 'SERVER_LOST')) return once()
    throw error
  })
}
