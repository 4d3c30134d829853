import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectDaemon } from '../src/connect-daemon.ts'
import { ensureHome } from '../src/home.ts'
import { socketPath } from '../src/socket-path.ts'
import { stopDaemon } from '../src/stop-daemon.ts'
import { tmuxSocket } from '../src/tmux-socket.ts'
import { type TemporaryHome, temporaryHome } from './temporary-home.ts'

const isRoot = process.getuid?.() === 0
const places: TemporaryHome[] = []

function room(name?: string): TemporaryHome {
  const place = temporaryHome(name)
  places.push(place)
  return place
}

let place: TemporaryHome
beforeEach(() => {
  place = room()
})
afterEach(async () => {
  for (const one of places.splice(0)) await one.remove()
})

/** A path of exactly 150 bytes whose last one is `last`. */
function longPath(root: string, last: string): string {
  const folder = join(root, 'a b ü'.repeat(8))
  return `${folder}/${'h'.repeat(148 - Buffer.byteLength(folder))}${last}`
}

describe('a hostile room', () => {
  it('has room for two daemons whose homes are 150 bytes long and differ in the last one', async () => {
    const homes = ['1', '2'].map((last) => longPath(place.root, last))
    expect(homes.map((home) => Buffer.byteLength(home))).toEqual([150, 150])
    const env = { ...place.env, LANG: 'C', LC_ALL: 'C', XDG_RUNTIME_DIR: join(place.root, 'absent') }
    const clients = await Promise.all(homes.map((home) => connectDaemon({ home, env, start: true })))
    try {
      const [one, two] = await Promise.all(clients.map((client) => client.status()))
      expect([one?.home, two?.home]).toEqual(homes)
      expect(one?.pid).not.toBe(two?.pid)
      expect(one?.tmuxSocket).not.toBe(two?.tmuxSocket)
      for (const status of [one, two]) {
        expect(Buffer.byteLength(status?.socket ?? '')).toBeLessThanOrEqual(100)
        expect(statSync(dirname(status?.socket ?? '')).mode & 0o777).toBe(0o700)
        expect(statSync(status?.socket ?? '').mode & 0o777).toBe(0o600)
      }
      // Another runtime directory than the daemon's finds it all the same.
      const elsewhere = await connectDaemon({ home: homes[0] ?? '', env: { XDG_RUNTIME_DIR: place.root } })
      expect(elsewhere.daemon.pid).toBe(one?.pid)
      await elsewhere.close()
    } finally {
      await Promise.all(clients.map((client) => client.close()))
      for (const home of homes) await stopDaemon(home)
    }
    for (const home of homes) expect(existsSync(dirname(socketPath(home, {})))).toBe(false)
  })

  it('takes two spellings of one home for one', async () => {
    const { client } = await place.start()
    const link = join(place.root, 'link')
    symlinkSync(place.home, link)
    const again = await connectDaemon({ home: `${link}/../home/` })
    expect(again.daemon.pid).toBe(client.daemon.pid)
    await again.close()
    expect(tmuxSocket(place.home, {})).toEqual(tmuxSocket((await client.status()).home, {}))
  })

  it('refuses a home that is a file, with what to do', async () => {
    writeFileSync(place.home, 'mine')
    const failure = connectDaemon({ home: place.home, env: place.env, start: true })
    await expect(failure).rejects.toMatchObject({
      code: 'HOME_UNUSABLE',
      message: `cannot use ${place.home} as home: it, or a folder above it, is a file`,
      hint: 'choose another folder with TMO_HOME=/path',
    })
  })

  it('refuses a folder of others that is open to everybody, and leaves it as it was', () => {
    mkdirSync(place.home, { mode: 0o755 })
    writeFileSync(join(place.home, 'thesis.txt'), 'words')
    expect(() => ensureHome(place.home)).toThrow(/holds files of others and is open to other users/)
    expect(readdirSync(place.home)).toEqual(['thesis.txt'])
    expect(statSync(place.home).mode & 0o777).toBe(0o755)
  })

  it.runIf(isRoot)('refuses a home that it may not write, and leaves nothing', async () => {
    const nobody = 65_534
    chmodSync(place.root, 0o755)
    const { code, output } = await place.spawn({ uid: nobody }).ended
    expect(code).toBe(1)
    expect(output).toContain(`"code":"HOME_UNUSABLE"`)
    expect(output).toMatch(/as home: \w+ may not write there/)
    expect(readdirSync(place.root)).toEqual([])
    mkdirSync(place.home, { mode: 0o700 })
    chownSync(place.home, nobody, nobody)
    expect(() => ensureHome(place.home)).toThrow(/belongs to another user \(uid 65534\)/)
  })

  it.runIf(isRoot)('refuses a full disk before anything is made, and says which', async () => {
    mkdirSync(place.home)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=0700', 'tmpfs', place.home])
    try {
      const failure = connectDaemon({ home: place.home, env: place.env, start: true })
      await expect(failure).rejects.toMatchObject({
        code: 'HOME_UNUSABLE',
        message: `cannot use ${place.home} as home: the disk is full`,
        details: { errno: 'ENOSPC' },
      })
      expect(readdirSync(place.home)).not.toContain('tmo.db')
      expect(readdirSync(place.home).filter((name) => name.startsWith('.probe'))).toEqual([])
    } finally {
      execFileSync('umount', [place.home])
    }
  })

  it('says why it cannot start when the database is none of ours', async () => {
    mkdirSync(place.home, { mode: 0o700 })
    writeFileSync(
      join(place.home, 'tmo.db'),
      'this is no database, and it is long enough to be read as one'.repeat(40),
    )
    const failure = connectDaemon({ home: place.home, env: place.env, start: true })
    await expect(failure).rejects.toMatchObject({
      code: 'START_FAILED',
      details: { reason: 'NOT_A_DATABASE' },
    })
    expect(readdirSync(place.home)).not.toContain('daemon.sock')
    expect(readdirSync(place.home)).not.toContain('daemon.json')
  })

  it('says that something else listens on the socket', async () => {
    const { createServer } = await import('node:net')
    mkdirSync(place.home, { mode: 0o700 })
    const server = createServer((socket) => socket.resume().end('HTTP/1.1 400\r\n'))
    await new Promise<void>((resolve) => server.listen(join(place.home, 'daemon.sock'), () => resolve()))
    await expect(connectDaemon({ home: place.home })).rejects.toMatchObject({ code: 'BAD_FRAME' })
    await new Promise((resolve) => server.close(resolve))
  })
})
