import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isAlive, Room, tmoProgram, waitFor } from '../e2e/room.ts'
import { groupsOf, UserManager, whyNoUserManager } from './user-manager.ts'

const reason = whyNoUserManager()
if (reason !== undefined) console.log(`the systemd of a user is not tried here: ${reason}`)

/** A team at work whose agents think for an hour, in a room where nobody asks the machine's own logind. */
async function hold(room: Room, manager: UserManager): Promise<string> {
  Object.assign(room.env, { XDG_RUNTIME_DIR: manager.runtime })
  const bin = join(room.folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'loginctl'), '#!/bin/sh\nexit 1\n')
  chmodSync(join(bin, 'loginctl'), 0o755)
  Object.assign(room.env, { PATH: `${bin}:${room.env['PATH']}` })
  const project = await room.example()
  mkdirSync(join(project, '.tmo'))
  writeFileSync(join(project, '.tmo/config.yaml'), 'agentOptions:\n  think-ms: "3600000"\n')
  return project
}

const runTeam = async (room: Room, project: string): Promise<string> => {
  const spec = `${project}/spec.md`
  return (await room.json(['run', '--project', project, '--spec', spec, '--agent', 'sim', '--trust'])).id
}

interface Status {
  readonly state: string
  readonly agents: readonly { readonly name: string; readonly state: string }[]
}

/** The tmux server and every agent in it, which have to be the same ones later. */
function teamOf(room: Room): readonly number[] {
  const agents = room.processes().filter(({ command }) => command.includes('agent-sim'))
  expect(agents.length).toBeGreaterThan(0)
  const server = room.tmuxServerPid()
  if (server === undefined) throw new Error('no tmux server')
  return [server, ...agents.map(({ pid }) => pid)]
}

describe.skipIf(reason !== undefined)('under the systemd of a user', () => {
  it('the service keeps the daemon, and its restart, its kill and its end leave the team alone', async () => {
    await using room = new Room()
    await using manager = await UserManager.start(room.folder, room.env, `tmo-test-${process.pid}-service`)
    const project = await hold(room, manager)
    const { name, file, survivesLogout, hint } = await room.json<{
      name: string
      file: string
      survivesLogout: boolean
      hint: string
    }>(['daemon', 'install'])
    expect({ survivesLogout, hint }).toEqual({
      survivesLogout: false,
      hint: expect.stringContaining('loginctl enable-linger'),
    })
    const unit = `${name}.service`
    const first = room.daemonPid() ?? 0
    expect(manager.mainPid(unit)).toBe(first)
    expect(manager.ctl('is-enabled', unit)).toBe('enabled')

    const id = await runTeam(room, project)
    const team = teamOf(room)
    const isRunning = async (): Promise<void> => {
      const status = await room.json<Status>(['status', id])
      expect(status.state).toBe('running')
      expect(status.agents.every(({ state }) => state === 'running')).toBe(true)
      expect(team.filter((pid) => !isAlive(pid))).toEqual([])
    }

    manager.ctl('restart', unit)
    const second = await waitFor('a new daemon', () => otherThan(room.daemonPid(), first))
    await isRunning()
    expect(manager.mainPid(unit)).toBe(second)

    process.kill(second, 'SIGKILL')
    const third = await waitFor('a daemon that systemd started', () => otherThan(room.daemonPid(), second))
    await isRunning()
    expect(manager.mainPid(unit)).toBe(third)

    expect(await room.json(['daemon', 'uninstall'])).toMatchObject({ removed: true, file })
    expect({ isAlive: isAlive(third), hasFile: existsSync(file) }).toEqual({ isAlive: false, hasFile: false })
    expect(team.filter((pid) => !isAlive(pid))).toEqual([])
    await isRunning()
    expect(manager.ctl('show', '--property=LoadState', '--value', unit)).toBe('not-found')
  })

  it('a daemon that a plain login started goes on when the last login of a user who does not linger ends', async () => {
    await using room = new Room()
    await using manager = await UserManager.start(room.folder, room.env, `tmo-test-${process.pid}-logout`)
    const project = await hold(room, manager)
    await runTeam(room, project)
    const team = [...teamOf(room), room.daemonPid() ?? 0]
    await manager.logOut()
    expect(team.filter((pid) => !isAlive(pid))).toEqual([])
  })

  it('a daemon that was started in a unit is not ended with it', async () => {
    await using room = new Room()
    const group = `tmo-test-${process.pid}-unit/user@0.service`
    await using manager = await UserManager.start(room.folder, room.env, group)
    const project = await hold(room, manager)
    // `tmo list` in a unit of its own, as from a terminal or an editor that the desktop started.
    const settings = Object.entries(room.env).map(([key, value]) => `--setenv=${key}=${value}`)
    const script = `${process.execPath} ${tmoProgram} list && exec sleep 3600`
    manager.run('--unit=desk', '--collect', ...settings, 'sh', '-c', script)
    const daemon = await waitFor('a daemon', () => room.daemonPid())
    await runTeam(room, project)
    const team = [...teamOf(room), daemon]
    expect(groupsOf(daemon)).toMatch(/run-[^/]+\.scope$/m)
    manager.ctl('stop', 'desk.service')
    expect(team.filter((pid) => !isAlive(pid))).toEqual([])
  })
})

function otherThan(pid: number | undefined, old: number): number | undefined {
  return pid === old ? undefined : pid
}
