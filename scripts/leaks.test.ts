import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { afterEach, expect, it } from 'vitest'
import {
  endProcesses,
  listLeaks,
  listMarkedProcesses,
  makeRunRoom,
  type RunRoom,
  removeRunRoom,
} from './leaks.mjs'

let room: RunRoom | undefined
afterEach(() => {
  if (room !== undefined) removeRunRoom(room)
})

it('a room that was left as it was has no leaks', async () => {
  room = makeRunRoom(process.env)
  expect(await listLeaks(room)).toEqual([])
  removeRunRoom(room)
  expect(existsSync(room.directory)).toBe(false)
})

it('folders, sockets and homes that stay are found', async () => {
  room = makeRunRoom(process.env)
  mkdirSync(`${room.directory}/tmo-repository-x`)
  mkdirSync(`${room.directory}/tmux-0`)
  writeFileSync(`${room.directory}/tmux-0/tmo-1234`, '')
  mkdirSync(`${room.directory}/state/tmux-orchestrator`, { recursive: true })
  mkdirSync(`${room.directory}/vitest-cache`)
  expect((await listLeaks(room)).map(({ what }) => what.slice(room?.directory.length))).toEqual([
    '/tmo-repository-x',
    '/state/tmux-orchestrator',
    '/tmux-0/tmo-1234',
  ])
})

it.runIf(existsSync('/proc/self/environ'))(
  'a process that stays is found by its mark, and ended by its id',
  async () => {
    room = makeRunRoom(process.env)
    const child = spawn(process.execPath, ['-e', 'console.log(1); setTimeout(() => {}, 60000)'], {
      env: room.env,
      detached: true,
    })
    const exited = once(child, 'exit')
    await once(child.stdout, 'data')
    const leaks = listMarkedProcesses(room.mark)
    expect(leaks.map(({ pid }) => pid)).toEqual([child.pid])
    expect(listMarkedProcesses('another run')).toEqual([])
    endProcesses(leaks)
    expect(await exited).toEqual([null, 'SIGKILL'])
  },
)
