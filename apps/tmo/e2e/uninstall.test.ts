import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { exec, Room } from './room.ts'

interface Uninstalled {
  readonly ended: readonly string[]
  readonly left: readonly string[]
}

it('tmo uninstall --dry-run starts nothing and makes nothing', async () => {
  await using room = new Room()
  await room.json(['list'])
  await room.json(['clean', '--all', '--yes'])
  expect(room.daemonPid()).toBeUndefined()
  expect(existsSync(join(room.home, 'tmo.db'))).toBe(true)
  expect(await room.json<Uninstalled>(['uninstall', '--dry-run'])).toMatchObject({ ended: [], left: [] })
  expect([room.daemonPid(), room.processes()]).toEqual([undefined, []])
})

it('a dry run starts no daemon: nothing ever ran here, or it says what starts one', async () => {
  await using room = new Room()
  const dry = ['clean', '--all', '--dry-run']
  expect(await room.tmo(dry)).toMatchObject({ code: 0, stdout: 'nothing to clean\n', stderr: '' })
  expect([room.daemonPid(), existsSync(room.home)]).toEqual([undefined, false])
  await room.json(['list'])
  const { pid } = await room.json<{ pid: number }>(['restart'])
  const told = await room.tmo(dry)
  expect([told.code, told.stdout]).toEqual([0, `would end: daemon ${pid}\n`])
  expect(room.daemonPid()).toBe(pid)
  await room.json(['clean', '--all', '--yes'])
  for (const argv of [dry, ['stop', '--all', '-n'], ['accept', 'a', '-n'], ['pr', 'a', '-n']]) {
    const refused = await room.tmo(argv)
    expect([refused.code, refused.stdout], argv.join(' ')).toEqual([1, ''])
    expect(refused.stderr).toMatch(/no daemon runs for .* a dry run starts none\nhint: tmo list starts one/)
  }
  expect([room.daemonPid(), room.processes()]).toEqual([undefined, []])
})

it('tmo uninstall and tmo clean end nothing where nobody can be asked, and name --yes', async () => {
  await using room = new Room()
  const project = await room.example()
  const { id } = await room.json(['run', '--project', project, '--agent', 'sim', '--wait'])
  const pid = room.daemonPid()
  const cleaning = await room.tmo(['clean', '--all', '--dry-run'])
  expect([cleaning.code, cleaning.stdout]).toEqual([
    0,
    expect.stringMatching(
      new RegExp(`^${id}: would remove [\\s\\S]*\nwould end: tmux server .*\nwould end: daemon ${pid}\n$`),
    ),
  ])
  for (const argv of [['uninstall'], ['clean', id], ['clean', '--all']]) {
    const refused = await room.tmo(argv)
    expect([refused.code, refused.stdout], argv.join(' ')).toEqual([2, ''])
    expect(refused.stderr).toContain('hint: add --yes')
  }
  expect(room.daemonPid()).toBe(pid)
  const { orchestrations } = await room.json<{ orchestrations: { id: string }[] }>(['list'])
  expect(orchestrations.map((one) => one.id)).toEqual([id])
  const dry = await room.json<Uninstalled>(['uninstall', '--dry-run'])
  expect(dry.ended).toEqual([
    `team ${id}, completed`,
    `daemon ${pid}`,
    expect.stringMatching(/^tmux server /),
  ])
})

it('tmo uninstall names no command that removes data while something is left', async () => {
  await using room = new Room()
  await room.json(['list'])
  const { path } = room.tmuxSocketFile()
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const tmux = async (...argv: readonly string[]) =>
    await exec('tmux', ['-S', path, ...argv], { cwd: room.folder, env: room.env })
  expect(await tmux('new-session', '-d', '-s', 'mine', 'cat')).toMatchObject({ code: 0 })
  try {
    const kept = await room.tmo(['uninstall', '--yes'])
    expect([kept.code, kept.stdout]).toEqual([
      3,
      expect.stringMatching(/still there: windows of the tmux server.*kill-server/),
    ])
    expect(kept.stdout).toContain(`in ${room.home}`)
    expect(kept.stdout).not.toContain('rm -r')
  } finally {
    await tmux('kill-server')
  }
  const done = await room.tmo(['uninstall', '--yes'])
  expect([done.code, done.stdout]).toEqual([0, expect.stringContaining(`rm -r ${room.home}`)])
})

it('tmo restart leaves a daemon to the service that keeps it, and names the command', async () => {
  await using room = new Room()
  await room.json(['list'])
  const pid = room.daemonPid()
  const name = room.tmuxSocketFile().path.split('/').at(-1)
  const units = join(room.folder, 'user', '.config/systemd/user')
  mkdirSync(units, { recursive: true })
  writeFileSync(join(units, `${name}.service`), '')
  const refused = await room.tmo(['restart'])
  expect([refused.code, refused.stdout]).toEqual([1, ''])
  expect(refused.stderr).toContain(`hint: systemctl --user restart ${name}.service`)
  expect(room.daemonPid()).toBe(pid)
})
