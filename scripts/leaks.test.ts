import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { afterEach, expect, it } from 'vitest'
import {
  endProcesses,
  listAgentTraces,
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

it('what agent programs leave in a temporary folder is found', () => {
  room = makeRunRoom(process.env)
  const names = ['.9afbd9fbfee6eff7-00000000.so', 'cc-socks', 'claude-0', 'codex-x', 'opencode']
  for (const name of [...names, 'gemini-client-error-x.json', 'vitest-cache', '.hidden', 'tmux-0'])
    writeFileSync(`${room.directory}/${name}`, '')
  expect(
    listAgentTraces(room.directory).map(({ what }) => what.slice((room?.directory.length ?? 0) + 1)),
  ).toEqual([...names.slice(0, 4), 'gemini-client-error-x.json', 'opencode'])
})

it('the folder in which Codex has its sockets may stay, and no socket in it', () => {
  room = makeRunRoom(process.env)
  const folder = `${room.directory}/codex-daemon-0`
  mkdirSync(folder)
  expect(listAgentTraces(room.directory)).toEqual([])
  writeFileSync(`${folder}/abc.sock`, '')
  expect(listAgentTraces(room.directory)).toEqual([{ what: `${folder}/abc.sock` }])
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
