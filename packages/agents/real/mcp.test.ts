import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LaunchRequest } from '../src/index.ts'
import { messageOf, newToken, waitFor } from './agent.ts'
import { inOwnFolder } from './own-folder.ts'
import { programs, programsOfTheDay, type RealProgram } from './programs.ts'
import { openRoom, type Room } from './room.ts'
import { identity, openVerbDesk, type VerbDesk } from './verb-desk.ts'

/** What each program calls the tools of our server. */
const prefixes: Readonly<Record<string, string>> = {
  claude: 'mcp__tmo__',
  codex: 'mcp__tmo/',
  opencode: 'tmo_',
  gemini: 'mcp_tmo_',
}

/** A model that can search for tools is told of ours by Codex only when it asks, and ours cannot search. */
function modelOf(name: string): { readonly model?: string } {
  return name === 'codex' ? { model: 'gpt-5' } : {}
}

const note = 'half of it; $(id) "quoted"'
const said = ['report', '--', 'progress', note]

/** Starts it, lets its model call the tool, and waits until the verb is here. */
async function report(
  program: RealProgram,
  desk: VerbDesk,
  room: Room,
  more: Partial<LaunchRequest> = {},
): Promise<void> {
  const token = newToken('b')
  const brief = `[brief ${token}] Wait. <<text ok>>`
  const agent = await room.launch({
    ...{ tmoBin: desk.bin, env: desk.env, brief },
    ...modelOf(program.name),
    ...more,
  })
  if (program.name !== 'opencode') await agent.atModel(token)
  await agent.until(['idle'])
  const name = `${prefixes[program.name]}report`
  const script = `<<tool ${name} ${JSON.stringify({ kind: 'progress', note })}>> <<text done>>`
  await agent.submit(messageOf(script))
  await waitFor(
    () => 'the verb',
    () => desk.kept().length + desk.heard().length > 0,
    { describe: () => agent.screen() },
  )
  await agent.until(['idle'])
}

describe.each(programsOfTheDay)('the tools of $name $version', (program) => {
  it.skipIf(!program.isHere)('bring a verb of its model to us, without a question', async () => {
    await inOwnFolder(async () => {
      await using room = await openRoom(program)
      await using desk = await openVerbDesk(join(room.home, 'tmo'), { listens: false })
      await report(program, desk, room)
      const { TMO_AGENT: agent, TMO_TOKEN: token } = identity
      expect(desk.kept()).toMatchObject([{ argv: said, agent, token }])
    })
  })
})

/** No command of it reaches a socket, and its sandbox leaves it no file to write. */
describe.each(programs.filter(({ name }) => name === 'codex'))('the tools of $name $version', (program) => {
  it.skipIf(!program.isHere)('reach a daemon that listens also where its sandbox is read-only', async () => {
    await inOwnFolder(async () => {
      await using room = await openRoom(program)
      await using desk = await openVerbDesk(join(room.home, 'tmo'), { listens: true })
      await report(program, desk, room, { options: { sandbox: 'read-only' } })
      expect([desk.heard(), desk.kept()]).toEqual([[said], []])
    })
  })
})
