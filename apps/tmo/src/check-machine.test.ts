import { homedir } from 'node:os'
import { expect, it } from 'vitest'
import { checkLimits, checkLogout, checkPlatform } from './check-machine.ts'
import { checkSockets } from './check-sockets.ts'
import { type Machine, thisMachine } from './machine.ts'

const limits = (files: string, processes: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units
Max processes             ${processes.padEnd(20)} 63000                processes
Max open files            ${files.padEnd(20)} 524288               files
`

/** A Linux with room for a team; `files` are what it has of /proc. */
const linux = (files: Readonly<Record<string, string>> = {}): Machine => ({
  platform: 'linux',
  release: '6.1.0-18-amd64',
  user: 'ada',
  read: (file) =>
    ({
      '/proc/self/limits': limits('1048576', 'unlimited'),
      '/proc/sys/fs/inotify/max_user_instances': '128\n',
      '/proc/sys/fs/inotify/max_user_watches': '65536\n',
      '/proc/meminfo': 'MemTotal:       16000000 kB\nMemAvailable:    8000000 kB\n',
      ...files,
    })[file],
  ulimit: () => {
    throw new Error('not asked where /proc tells')
  },
  memory: { free: 1e9, total: 16e9, limit: undefined },
})

const mac = (openFiles: string): Machine => ({
  platform: 'darwin',
  release: '24.0.0',
  user: 'ada',
  read: () => undefined,
  ulimit: (flag) => (flag === '-n' ? `${openFiles}\n` : '2666\n'),
  memory: { free: 4e9, total: 16e9, limit: undefined },
})

const problems = (machine: Machine) =>
  checkLimits(machine)
    .filter(({ ok }) => !ok)
    .map(({ what, remedy }) => ({ what, remedy }))

it('a machine with room for a team has no problem, this one is read, and /proc is asked before a shell', () => {
  expect(problems(linux())).toEqual([])
  expect(checkLimits(linux()).find(({ what }) => what === 'processes')?.found).toBe('no limit')
  for (const { found } of checkLimits(thisMachine())) expect(found).not.toBe('')
})

it.each([
  ['open files', { '/proc/self/limits': limits('256', 'unlimited') }, /^ulimit -n 4096/],
  ['processes', { '/proc/self/limits': limits('4096', '100') }, /^ulimit -u 4096/],
  [
    'inotify instances',
    { '/proc/sys/fs/inotify/max_user_instances': '16\n' },
    /^sudo sysctl fs\.inotify\.max_user_instances=/,
  ],
  [
    'inotify watches',
    { '/proc/sys/fs/inotify/max_user_watches': '1024\n' },
    /^sudo sysctl fs\.inotify\.max_user_watches=/,
  ],
  ['memory', { '/proc/meminfo': 'MemAvailable:    500000 kB\n' }, /--size small/],
])('too few %s is a line with its remedy', (what, files, remedy) => {
  expect(problems(linux(files))).toEqual([{ what, remedy: expect.stringMatching(remedy) }])
})

it('macOS has no /proc and no inotify: the shell is asked, and its small default is found', () => {
  expect(problems(mac('256'))).toEqual([
    { what: 'open files', remedy: expect.stringMatching(/^ulimit -n 4096/) },
  ])
  expect(checkLimits(mac('unlimited')).map(({ what, ok }) => [what, ok])).toEqual([
    ['open files', true],
    ['processes', true],
    ['memory', true],
  ])
})

it('macOS and WSL are called experimental, other systems are refused', () => {
  expect(checkPlatform(mac('1024'))).toMatchObject({
    ok: true,
    found: expect.stringContaining('experimental'),
  })
  const wsl = { ...linux(), release: '5.15.153.1-microsoft-standard-WSL2' }
  expect(checkPlatform(wsl)).toMatchObject({ ok: true, found: expect.stringMatching(/WSL: experimental/) })
  expect(checkPlatform(linux())).toMatchObject({ ok: true, found: 'Linux' })
  expect(checkPlatform({ ...linux(), platform: 'win32' })).toMatchObject({
    ok: false,
    isNeeded: true,
    remedy: expect.stringContaining('wsl --install'),
  })
})

it('a socket path that macOS would cut is found, and one that Linux takes is not', () => {
  const env = (bytes: number) => ({ HOME: homedir(), TMO_TMUX_SOCKET: `/${'s'.repeat(bytes - 1)}` })
  expect(checkSockets({ env: env(103) }, 'darwin').ok).toBe(true)
  expect(checkSockets({ env: env(104) }, 'darwin')).toMatchObject({ ok: false, isNeeded: true })
  expect(checkSockets({ env: env(107) }, 'linux').ok).toBe(true)
  expect(checkSockets({ env: env(108) }, 'linux')).toMatchObject({
    ok: false,
    remedy: expect.stringContaining('TMUX_TMPDIR'),
  })
})

it('what a logout takes along is told where systemd runs the machine, and nowhere else', () => {
  expect(checkLogout(linux())).toEqual([])
  expect(checkLogout(mac('1024'))).toEqual([])
  const systemd = { '/proc/1/comm': 'systemd\n' }
  expect(checkLogout(linux(systemd))).toMatchObject([
    { what: 'after a logout', ok: false, isNeeded: false, remedy: 'sudo loginctl enable-linger ada' },
  ])
  const lingering = { ...systemd, '/var/lib/systemd/linger/ada': '' }
  expect(checkLogout(linux(lingering))).toMatchObject([{ ok: true, remedy: null }])
})
