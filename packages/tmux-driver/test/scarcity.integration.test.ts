import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isTmuxError, Tmux } from '../src/index.ts'
import { temporaryServer } from '../src/testing.ts'
import { runProgram } from './run-program.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tmo-'))
})

afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

const hasNamespaces = process.platform === 'linux' && spawnSync('unshare', ['-rm', 'true']).status === 0
const program = (name: string): URL => new URL(`programs/${name}.ts`, import.meta.url)

it.runIf(hasNamespaces)(
  'a full temporary directory refuses long pastes, sends nothing of them, and leaves no file',
  async () => {
    const full = join(directory, 'full')
    await mkdir(full)
    const script = 'mount -t tmpfs -o size=256k tmpfs "$TMPDIR" && exec "$@"'
    const wrapper = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh']
    const facts = await runProgram(program('full-disk'), {
      wrapper,
      args: [directory],
      env: { TMPDIR: full },
    })
    const refused = {
      code: 'COMMAND_FAILED',
      message: expect.stringContaining('nothing was sent'),
      hint: expect.stringContaining('full'),
      because: 'ENOSPC',
    }
    expect(facts).toEqual({
      tooLong: refused,
      leftByTooLong: [],
      onFull: refused,
      ofBytes: refused,
      leftOnFull: ['filler'],
      text: 'short,100000',
      buffers: [],
      left: [],
    })
  },
)

it('a process that may open no more files says so, keeps the handles that it has, and recovers', async () => {
  const wrapper = ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh']
  const facts = await runProgram(program('no-descriptors'), { wrapper, args: [directory] })
  const noMore = {
    code: 'COMMAND_FAILED',
    message: expect.stringContaining('EMFILE'),
    hint: expect.stringContaining('open files'),
    because: 'EMFILE',
  }
  expect(facts).toEqual({
    opening: noMore,
    pasting: { ...noMore, message: expect.stringContaining('nothing was sent'), hint: expect.any(String) },
    whileStarved: 'answer',
    reconnecting: noMore,
    afterwards: 'answer',
    same: true,
  })
})

describe('a server that may open few files', () => {
  it('refuses the window that is too much and says why; the others go on, and there is space again later', async () => {
    const tmux = join(directory, 'tmux')
    await writeFile(tmux, '#!/bin/sh\nulimit -n 40\nexec tmux "$@"\n')
    await chmod(tmux, 0o755)
    await using server = await temporaryServer({ tmux })
    const { session, pane } = await server.tmux.newSession({ name: 'work', command: ['cat', '-'] })
    const specs = Array.from({ length: 50 }, () => ({ session, command: ['cat', '-'] }))
    const outcomes = await server.tmux.newWindows(specs)
    const made = outcomes.flatMap((one) => (one.status === 'created' ? [one.window] : []))
    expect(made.length).toBeGreaterThan(20)
    expect(made.length).toBeLessThan(40)
    for (const one of outcomes) {
      if (one.status === 'failed')
        expect(one.error).toMatchObject({
          code: 'COMMAND_FAILED',
          message: expect.stringContaining('Too many open files'),
        })
    }
    expect(await server.tmux.list({ fields: ['pane'] })).toHaveLength(made.length + 1)
    await server.tmux.paste(pane, 'still here')
    await server.tmux.waitFor(pane, { text: 'still here' })
    const socket = { path: server.socketPath }
    await expect(Tmux.open({ socket, timeoutMs: 500 })).rejects.toSatisfy((error) =>
      isTmuxError(error, 'TIMEOUT'),
    )
    // A server that is still near its limit hears of no client that comes or goes.
    for (const window of made.slice(0, 20)) await server.tmux.killWindow(window)
    await using second = await Tmux.open({ socket })
    await second.newWindow({ session, command: ['cat', '-'] })
    expect(await second.list({ fields: ['pane'] })).toHaveLength(made.length - 18)
  })
})
