import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { socketKey } from './connect-turn.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tmo-'))
})
afterEach(() => rm(directory, { recursive: true }))

it('is one key for a socket, whatever way leads to it', async () => {
  const link = join(directory, 'link')
  await symlink(directory, link)
  const key = socketKey({ path: join(directory, 's') }, {})
  expect(socketKey({ path: join(link, 's') }, {})).toBe(key)
  expect(socketKey({ path: `${directory}/../${directory.split('/').at(-1)}/./s` }, {})).toBe(key)
  expect(socketKey({ name: 'x' }, { TMUX_TMPDIR: link })).toBe(
    socketKey({ name: 'x' }, { TMUX_TMPDIR: directory }),
  )
  expect(socketKey({ path: join(directory, 'other') }, {})).not.toBe(key)
  expect(socketKey({ path: '/no/such/folder/s' }, {})).toBe('/no/such/folder/s')
})
