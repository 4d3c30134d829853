import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { databaseAddress } from './database-address.ts'
import { ensureHome, hostName, resolveHome } from './home.ts'
import { longestSocketPathBytes, socketPath } from './socket-path.ts'
import { tmuxSocket, tmuxSocketPath } from './tmux-socket.ts'

let root: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'tmo-home-')))
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

describe('the home', () => {
  it('is TMO_HOME, else the state folder, else ~/.local/state', () => {
    expect(resolveHome({ TMO_HOME: `${root}/a/../b`, XDG_STATE_HOME: '/x' })).toBe(join(root, 'b'))
    expect(resolveHome({ TMO_HOME: '', XDG_STATE_HOME: root })).toBe(join(root, 'tmux-orchestrator'))
    expect(resolveHome({ HOME: root, XDG_STATE_HOME: 'relative' })).toBe(
      join(root, '.local', 'state', 'tmux-orchestrator'),
    )
  })

  it('is one by whatever link it is reached, also before it exists', () => {
    mkdirSync(join(root, 'real'))
    symlinkSync(join(root, 'real'), join(root, 'link'))
    expect(resolveHome({ TMO_HOME: join(root, 'link', 'deep', 'home') })).toBe(
      join(root, 'real', 'deep', 'home'),
    )
  })

  it('is made with its folders, closed to others, and again without harm', () => {
    const home = join(root, 'new', 'home')
    ensureHome(home)
    ensureHome(home)
    expect(readdirSync(home).sort()).toEqual(['bin', 'logs', 'spool', 'worktrees'])
    for (const name of ['.', 'bin', 'spool']) expect(statSync(join(home, name)).mode & 0o777).toBe(0o700)
  })

  it('is closed to others when it is empty and ours', () => {
    const home = join(root, 'open')
    mkdirSync(home)
    chmodSync(home, 0o777)
    ensureHome(home)
    expect(statSync(home).mode & 0o777).toBe(0o700)
  })

  it.skipIf(process.platform !== 'linux')('is refused where the system takes no new folders', () => {
    expect(() => ensureHome('/proc/tmo-home/deep')).toThrow(
      /\/proc\/tmo-home\/deep as home: .*cannot be written/,
    )
    writeFileSync(join(root, 'file'), '')
    expect(() => ensureHome(join(root, 'file', 'home'))).toThrow(/is a file/)
    symlinkSync(join(root, 'nowhere'), join(root, 'dangling'))
    expect(() => ensureHome(join(root, 'dangling'))).toThrow(/is a file/)
  })

  it('is never a shared folder such as /tmp', () => {
    const shared = join(root, 'tmp')
    mkdirSync(shared)
    chmodSync(shared, 0o1777)
    expect(() => ensureHome(shared)).toThrow(/open to other users/)
    expect(statSync(shared).mode & 0o7777).toBe(0o1777)
  })
})

describe('names that follow from the home', () => {
  const long = `/${'h'.repeat(148)}`

  it('keep the socket in the home as long as its path fits', () => {
    expect(socketPath('/home/me/.local/state/tmux-orchestrator', {})).toBe(
      '/home/me/.local/state/tmux-orchestrator/daemon.sock',
    )
    const fits = `/${'h'.repeat(longestSocketPathBytes - '/'.length - '/daemon.sock'.length)}`
    expect(socketPath(fits, {})).toBe(`${fits}/daemon.sock`)
    expect(socketPath(`${fits}h`, {})).not.toContain('hhh')
  })

  it('count bytes, not letters', () => {
    expect(socketPath(`/${'ü'.repeat(60)}`, {})).toMatch(/^\/tmp\/tmo-\d+-[0-9a-f]{16}\/daemon\.sock$/)
  })

  it('differ for long homes that differ in the last byte', () => {
    const paths = ['1', '2'].map((last) => socketPath(`${long}${last}`, { XDG_RUNTIME_DIR: root }))
    expect(paths[0]).not.toBe(paths[1])
    for (const path of paths) {
      expect(path.startsWith(`${root}/tmo-`)).toBe(true)
      expect(Buffer.byteLength(path)).toBeLessThanOrEqual(longestSocketPathBytes)
    }
  })

  it('use /tmp when the runtime folder is absent, relative or too long', () => {
    for (const XDG_RUNTIME_DIR of [undefined, 'run', join(root, 'absent'), `${root}/${'r'.repeat(60)}`]) {
      expect(socketPath(long, { XDG_RUNTIME_DIR })).toMatch(/^\/tmp\/tmo-/)
    }
  })

  it('give each home a tmux socket of its own, unless one is chosen', () => {
    expect(tmuxSocket('/a', {})).toEqual({ name: expect.stringMatching(/^tmo-[0-9a-f]{8}$/) })
    expect(tmuxSocket('/a', {})).not.toEqual(tmuxSocket('/b', {}))
    expect(tmuxSocket('/a', { TMO_TMUX_SOCKET: 'mine' })).toEqual({ name: 'mine' })
    expect(tmuxSocket('/a', { TMO_TMUX_SOCKET: '/run/mine' })).toEqual({ path: '/run/mine' })
    expect(hostName({ TMO_HOST: 'alpha' })).toBe('alpha')
  })

  it('never mean the default tmux server', () => {
    const folder = join(root, `tmux-${process.getuid?.() ?? 0}`)
    mkdirSync(folder)
    symlinkSync(root, join(root, 'link'))
    writeFileSync(join(folder, 'default'), '')
    symlinkSync(join(folder, 'default'), join(root, 'mine'))
    const env = { TMUX_TMPDIR: root }
    for (const TMO_TMUX_SOCKET of [
      'default',
      join(folder, 'default'),
      join(root, 'link', folder.slice(root.length), 'default'),
      join(root, 'mine'),
      `/tmp/tmux-${process.getuid?.() ?? 0}/default`,
    ]) {
      expect(() => tmuxSocket('/a', { ...env, TMO_TMUX_SOCKET })).toThrow(/your default tmux server/)
    }
    expect(() => tmuxSocket('/a', { TMO_TMUX_SOCKET: '../default' })).toThrow(/neither the name/)
    expect(tmuxSocket('/a', { ...env, TMO_TMUX_SOCKET: '/x/default' })).toEqual({ path: '/x/default' })
  })

  it('lead to the file of the tmux socket', () => {
    const folder = `tmux-${process.getuid?.() ?? 0}`
    expect(tmuxSocketPath({ name: 'a' }, { TMUX_TMPDIR: root })).toBe(join(root, folder, 'a'))
    expect(tmuxSocketPath({ name: 'a' }, { TMUX_TMPDIR: join(root, 'absent') })).toBe(`/tmp/${folder}/a`)
    expect(tmuxSocketPath({ path: join(root, 's') }, {})).toBe(join(root, 's'))
  })

  it('keep the database in the home, unless an address is chosen', () => {
    const address = (TMO_DATABASE_URL?: string): string => databaseAddress('/a/tmo.db', { TMO_DATABASE_URL })
    expect(address()).toBe('sqlite:/a/tmo.db')
    expect(address('')).toBe('sqlite:/a/tmo.db')
    for (const chosen of ['sqlite:/b/c.db', 'postgres://me@host/db', 'postgresql://host/db']) {
      expect(address(chosen)).toBe(chosen)
    }
    for (const wrong of [
      'foo',
      '/b/c.db',
      'sqlite:',
      'sqlite::memory:',
      'postgres:',
      'mysql://me:secret@host',
    ]) {
      expect(() => address(wrong)).toThrow(/^(?!.*secret).*not the address of a database/)
    }
  })
})
