import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { exec, type Result, Room, waitFor } from './room.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** The commands behind the words that introduce them, as they are printed. */
function commandsIn(text: string, words: string): readonly string[] {
  const line = text.split('\n').find((line) => line.trimStart().startsWith(words))
  if (line === undefined) throw new Error(`'${words}' is not in:\n${text}`)
  return line
    .slice(line.indexOf(words) + words.length)
    .trim()
    .split(' · ')
}

it('npm start ends with merged, verified work and commands that do what is said of them, as they are printed', async () => {
  await using room = new Room()
  const shell = (command: string): Promise<Result> =>
    exec('sh', ['-c', command], { cwd: root, env: room.env })
  const { code, stdout, stderr } = await shell('npm start')
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stdout).toMatch(/^state +completed$/m)
  expect(stdout).toMatch(/^verify +green at [0-9a-f]{12}: sh verify\.sh$/m)

  const [attach = '', logs = '', diff = ''] = commandsIn(stdout, 'look closer:')
  expect(await shell(logs)).toMatchObject({ code: 0, stdout: expect.stringContaining('reported') })
  const changes = await shell(diff)
  expect(changes).toMatchObject({ code: 0, stdout: expect.stringContaining('greetings/english.txt') })
  // On its other stream a slow machine is told how long the look took whether all is built.
  const { stdout: diffed } = changes
  expect(await shell(commandsIn(stdout, 'look at it:').join())).toMatchObject({ code: 0, stdout: diffed })
  expect(await shell(attach)).toMatchObject({ code: 1, stderr: expect.stringContaining('needs a terminal') })
  await expectAttaches(room, attach)

  const taken = await shell(commandsIn(stdout, 'take it:').join())
  expect(taken).toMatchObject({ code: 0, stdout: expect.stringContaining('greetings/english.txt') })
  const [, project = ''] = /^project +(.*)$/m.exec(stdout) ?? []
  expect(existsSync(`${project}/greetings/english.txt`)).toBe(true)

  // The summary names the daemon and the tmux server, and nothing else runs but they and what is in that server's windows.
  const [, daemon, server] =
    /^still running: the daemon \(pid (\d+)\) of .*, and the tmux server (\S+)/m.exec(stdout) ?? ['', '', '']
  expect([room.daemonPid(), room.tmuxSocketFile().path.split('/').at(-1)]).toEqual([Number(daemon), server])
  expect((await shell(commandsIn(stdout, 'end it all:').join())).code).toBe(0)
  await waitFor('the end of all processes', () => room.processes().length === 0)
  expect(room.tmuxSocketFile().isThere).toBe(false)
})

/** In a terminal, which is a pane of a tmux server of our own, the command shows the agent's window. */
async function expectAttaches(room: Room, command: string): Promise<void> {
  const socket = `${room.folder}/terminal`
  const tmux = async (...argv: readonly string[]): Promise<string> => {
    const result = await exec('tmux', ['-f', '/dev/null', '-S', socket, ...argv], {
      cwd: root,
      env: room.env,
    })
    if (result.code !== 0) throw new Error(`tmux ${argv.join(' ')}: ${result.stderr}`)
    return result.stdout
  }
  await tmux('new-session', '-d', '-x', '120', '-y', '40', '-c', root, `env -u TMUX -u TMUX_PANE ${command}`)
  try {
    await waitFor('the agent on the terminal', async () =>
      (await tmux('capture-pane', '-p')).includes('orchestrator'),
    )
    await waitFor('a view of our own server', async () => {
      const clients = await exec('tmux', ['-L', serverName(room), 'list-clients', '-F', '#{session_name}'], {
        cwd: root,
        env: room.env,
      })
      return /^view-\d+$/m.test(clients.stdout)
    })
  } finally {
    await tmux('kill-server')
  }
}

const serverName = (room: Room): string => room.tmuxSocketFile().path.split('/').at(-1) ?? ''
