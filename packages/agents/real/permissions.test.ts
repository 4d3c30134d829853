import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PermissionAsk } from '../src/index.ts'
import { type Agent, messageOf, waitFor } from './agent.ts'
import { programs, programsOfTheDay, type RealProgram } from './programs.ts'
import { openRoom, type Room } from './room.ts'
import { watchedIo } from './watched-io.ts'

/** The hook of Codex waits for a moment only, Gemini CLI takes no answer from its own: an answer may come, or comes, as keys. */
const hurried = programs.filter(({ name }) => name === 'codex' || name === 'gemini')
const allowKeys: Readonly<Record<string, string>> = { codex: 'y', gemini: '1' }

async function begin(room: Room, program: RealProgram): Promise<Agent> {
  const { agent } = await room.begin('Wait.', { permissionMode: program.askingMode })
  await agent.until(['idle'])
  await room.adapter.keepPermissions?.(agent.handle)
  return agent
}

async function askFor(agent: Agent, program: RealProgram, file: string): Promise<PermissionAsk> {
  await agent.submit(messageOf(`${program.asking(file)} <<text well>>`))
  let ask: PermissionAsk | undefined
  await waitFor(
    () => 'its request',
    async () => {
      ;[ask] = await agent.permissions()
      return ask !== undefined
    },
    { describe: () => agent.screen() },
  )
  if (!ask) throw new Error('it asks nothing')
  return ask
}

/** As a person does it: Codex may not hear a key of the moment at which it draws its dialog, and one sees that it stands. */
async function sayNo(room: Room, agent: Agent): Promise<void> {
  let pressedAt = Number.NEGATIVE_INFINITY
  await waitFor(
    () => 'the end of the dialog',
    async () => {
      if (!(await agent.isAsking())) return true
      if (performance.now() - pressedAt < 2_000) return false
      pressedAt = performance.now()
      await room.tmux.keys(agent.pane, 'Escape')
      return false
    },
    { describe: () => agent.screen() },
  )
}

describe.each(programs)('a permission that $name $version asks for', (program) => {
  it.skipIf(!program.isHere)('is answered centrally, once, and nothing else is', async () => {
    await using room = await openRoom(program)
    const agent = await begin(room, program)
    for (const decision of ['allow', 'deny'] as const) {
      const file = join(room.project, decision)
      const io = watchedIo(room.tmux)
      const ask = await askFor(agent, program, file)
      expect(ask).toMatchObject({ isPartial: false, isQuestion: false })
      expect(ask.subject).toContain(file)
      expect(await agent.answer(ask.id, decision, io)).toEqual({ status: 'answered' })
      const isOver = async (): Promise<boolean> => (await agent.permissions()).length === 0
      await waitFor(() => 'the end of the request', isOver, { describe: () => agent.screen() })
      await agent.until(['idle'])
      expect(existsSync(file)).toBe(decision === 'allow')
      expect(await agent.answer(ask.id, 'allow', io)).not.toMatchObject({ status: 'answered' })
      expect(existsSync(file)).toBe(decision === 'allow')
      if (!hurried.includes(program)) expect(io.presses).toEqual([])
    }
  })
})

describe.each(programsOfTheDay)('a permission that $name $version asks for', (program) => {
  it.skipIf(!program.isHere)(
    'is an ordinary dialog for the human while nobody answers centrally, who says no',
    async () => {
      await using room = await openRoom(program)
      const agent = await begin(room, program)
      const file = join(room.project, 'file')
      await agent.submit(messageOf(program.asking(file)))
      await waitFor(
        () => 'the dialog',
        () => agent.isAsking(),
        { describe: () => agent.screen() },
      )
      await agent.until(['blocked-permission'])
      await sayNo(room, agent)
      await agent.until(['idle'])
      const isOver = async (): Promise<boolean> => (await agent.permissions()).length === 0
      await waitFor(() => 'the end of the request', isOver)
      expect(existsSync(file)).toBe(false)
    },
  )
})

describe.each(hurried)('a dialog that $name $version has come to', (program) => {
  it.skipIf(!program.isHere)(
    'is answered by its keys, only while it is that of the request, and shows the command whole',
    async () => {
      await using room = await openRoom(program)
      const agent = await begin(room, program)
      const shown = (): Promise<boolean> => agent.isAsking()
      for (const decision of ['allow', 'deny'] as const) {
        const file = join(room.project, `${decision}-by-key`)
        const ask = await askFor(agent, program, file)
        await waitFor(() => 'the dialog', shown, { describe: () => agent.screen() })
        const io = watchedIo(room.tmux)
        expect(await agent.answer('1-1', 'allow', io)).not.toMatchObject({ status: 'answered' })
        expect(io.presses).toEqual([])
        expect(await agent.answer(ask.id, decision, io)).toEqual({ status: 'answered' })
        expect(io.presses.map(({ key }) => key)).toEqual([
          decision === 'allow' ? allowKeys[program.name] : 'Escape',
        ])
        await agent.until(['idle'])
        expect(existsSync(file)).toBe(decision === 'allow')
        expect(await agent.answer(ask.id, 'allow', io)).not.toMatchObject({ status: 'answered' })
        expect(io.presses).toHaveLength(1)
      }
    },
  )
})
