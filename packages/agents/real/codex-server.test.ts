import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Agent, messageOf, waitFor } from './agent.ts'
import { runningIn } from './pane-processes.ts'
import { programs } from './programs.ts'
import { openRoom, type Room } from './room.ts'
import { serverless } from './serverless.ts'
import { watchedIo } from './watched-io.ts'

const codexes = programs.filter(({ name }) => name === 'codex')

/** The programs themselves: each has a wrapper that Node runs, and two shells see to their end. */
function nativeIn(agent: Agent, kind: 'server' | 'client'): number {
  const native = runningIn(agent.handle.pid).filter(({ command }) => /^\S*\/vendor\/\S*codex /.test(command))
  const found = native.find(({ command }) => command.includes(' app-server ') === (kind === 'server'))
  if (!found) throw new Error(`no ${kind} among ${JSON.stringify(runningIn(agent.handle.pid))}`)
  return found.pid
}

async function begin(room: Room, more: object = {}): Promise<Agent> {
  const { agent } = await room.begin('Wait. <<text ready>>', more)
  await agent.until(['idle'])
  return agent
}

async function atWork(agent: Agent): Promise<void> {
  await agent.submit(messageOf('<<slow 120>>'))
  await agent.until(['working'])
}

async function noneLeft(agent: Agent): Promise<void> {
  const list = async (): Promise<string> => JSON.stringify(runningIn(agent.handle.pid))
  await waitFor(
    () => 'the end of all that ran in the pane',
    () => runningIn(agent.handle.pid).length === 0,
    { describe: list, timeoutMs: 15_000 },
  )
}

function socketOf({ handle }: Agent): Promise<string> {
  return realpath(join(handle.stateDir, 'codex-server'))
}

describe.each(codexes)('the server in the pane of $name $version', (program) => {
  it.skipIf(!program.isHere)(
    'takes messages without a key: at rest, at work, beside a draft, a list, a picker, and while a person scrolls',
    async () => {
      await using room = await openRoom(program)
      const agent = await begin(room)
      const io = watchedIo(room.tmux)
      const give = async (): Promise<void> => {
        const message = messageOf('How far are you?\nAnd "why" \\')
        expect(await agent.deliver(message, { tmux: io }), await agent.screen()).toMatchObject({
          status: 'submitted',
        })
        await agent.atModel(message.token)
        expect(agent.arrivals(message.token)).toEqual([message.text])
      }
      await give()
      await atWork(agent)
      await give()
      await agent.until(['idle'])
      await room.tmux.type(agent.pane, 'half a thought')
      const draft = async (): Promise<boolean> => (await agent.boxText()) === 'half a thought'
      await waitFor(() => 'the draft', draft, { describe: () => agent.screen() })
      await give()
      expect(await draft()).toBe(true)
      await room.tmux.raw(['copy-mode', '-t', agent.pane])
      await give()
      await room.tmux.raw(['send-keys', '-t', agent.pane, '-X', 'cancel'])
      expect(await draft()).toBe(true)
      await room.tmux.keys(agent.pane, 'C-u')
      await room.tmux.type(agent.pane, '/model')
      const isShown = (mark: RegExp): Promise<void> =>
        waitFor(
          () => String(mark),
          async () => mark.test(await agent.screen()),
          {
            describe: () => agent.screen(),
          },
        )
      await isShown(/choose what model/)
      await give()
      await room.tmux.keys(agent.pane, 'Enter')
      await isShown(/Select Model/)
      await give()
      expect(await agent.screen()).toMatch(/Select Model/)
      expect([io.pastes, io.presses]).toEqual([[], []])
    },
  )

  it.skipIf(!program.isHere)(
    'leaves nothing behind, at rest or at work, whichever of them is killed',
    async () => {
      await using room = await openRoom(program)
      const ends: Readonly<Record<string, (agent: Agent) => Promise<void> | void>> = {
        'a pane that is closed': (agent) => agent.kill(),
        'its first process': ({ handle }) => void process.kill(handle.pid, 'SIGKILL'),
        'its client': (agent) => void process.kill(nativeIn(agent, 'client'), 'SIGKILL'),
        'its server': (agent) => void process.kill(nativeIn(agent, 'server'), 'SIGKILL'),
      }
      for (const [name, end] of Object.entries(ends)) {
        for (const isAtWork of [false, true]) {
          const agent = await begin(room)
          if (isAtWork) await atWork(agent)
          expect(nativeIn(agent, 'server'), name).toBeGreaterThan(0)
          await end(agent)
          await noneLeft(agent)
        }
      }
    },
  )

  it.skipIf(!program.isHere)(
    'is killed in a tool, and its conversation goes on at once, alone and with the rights of its user',
    async () => {
      await using room = await openRoom(program)
      const agent = await begin(room)
      const ticks = join(room.project, 'ticks')
      const lines = ['umask > mask', 'while :; do echo x >> ticks; sleep 0.05; done']
      writeFileSync(join(room.project, 'tick.sh'), lines.join('\n'))
      await agent.submit(messageOf('<<bash sh tick.sh>>'))
      await waitFor(
        () => 'a tool at work',
        () => existsSync(ticks),
        { describe: () => agent.screen() },
      )
      expect(readFileSync(join(room.project, 'mask'), 'utf8').trim()).toBe(
        process.umask().toString(8).padStart(4, '0'),
      )
      process.kill(agent.handle.pid, 'SIGKILL')
      const again = await room.launch({ mode: 'resume', conversationId: agent.handle.conversationId })
      const ticked = readFileSync(ticks, 'utf8')
      await again.until(['idle'])
      expect(await again.send('How far are you?')).toMatchObject({ status: 'submitted' })
      expect(readFileSync(ticks, 'utf8')).toBe(ticked)
      await noneLeft(agent)
    },
  )

  it.skipIf(!program.isHere)('answers nobody but its own user, and none of its own commands', async () => {
    await using room = await openRoom(program)
    const agent = await begin(room)
    const socket = await socketOf(agent)
    const probe = [
      "const socket = require('net').connect(process.env.PROBED ?? process.argv[2])",
      "socket.on('connect', () => console.log('OPEN') ?? socket.destroy())",
      "socket.on('error', ({ code }) => console.log(code))",
    ].join('\n')
    writeFileSync(join(room.project, 'probe.cjs'), probe)
    const ask = (more: object = {}): string => {
      const env = { PATH: process.env['PATH'], PROBED: socket }
      return execFileSync(process.execPath, ['-e', probe], { cwd: '/', env, ...more }).toString()
    }
    expect(ask()).toBe('OPEN\n')
    if (process.getuid?.() === 0) expect(ask({ uid: 65_534, gid: 65_534 })).toBe('EACCES\n')
    const message = messageOf(`<<bash node probe.cjs '${socket}' > said>> <<text done>>`)
    await agent.submit(message)
    const said = join(room.project, 'said')
    await waitFor(
      () => 'the end of the probe',
      () =>
        existsSync(said) &&
        room.model.requests().some(({ turn, inputs }) => turn > 0 && inputs.join().includes(message.token)),
      { describe: () => agent.screen() },
    )
    expect(readFileSync(said, 'utf8')).toMatch(/^(EPERM|EACCES|ENOENT)\n$/)
  })

  it.skipIf(!program.isHere)(
    'is done without where it does not start, and its words are kept: messages are typed, and a draft refuses them',
    async () => {
      await using bin = await serverless(program)
      await using room = await openRoom({ ...program, bin: bin.path })
      const agent = await begin(room)
      const log = join(agent.handle.stateDir, 'codex-server.log')
      expect(readFileSync(log, 'utf8')).toBe('no server here\n')
      const io = watchedIo(room.tmux)
      const message = messageOf('How far are you?')
      expect(await agent.deliver(message, { tmux: io })).toMatchObject({ status: 'submitted' })
      await agent.atModel(message.token)
      expect([io.pastes.length, io.presses.map(({ key }) => key)]).toEqual([1, ['Enter']])
      await agent.until(['idle'])
      await room.tmux.type(agent.pane, 'half a thought')
      await waitFor(
        () => 'the draft',
        async () => (await agent.boxText()) !== '',
      )
      expect(await agent.send('and this')).toMatchObject({ status: 'refused', reason: 'draft' })
    },
  )
})
