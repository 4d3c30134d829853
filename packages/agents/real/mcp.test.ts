import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { messageOf, newToken, waitFor } from './agent.ts'
import { inOwnFolder } from './own-folder.ts'
import { programsOfTheDay } from './programs.ts'
import { openRoom } from './room.ts'
import { identity, openVerbDesk } from './verb-desk.ts'

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

describe.each(programsOfTheDay)('the tools of $name $version', (program) => {
  it.skipIf(!program.isHere)('bring a verb of its model to us, without a question', async () => {
    await inOwnFolder(async () => {
      await using room = await openRoom(program)
      await using desk = await openVerbDesk(join(room.home, 'tmo'), { listens: false })
      const token = newToken('b')
      const brief = `[brief ${token}] Wait. <<text ok>>`
      const agent = await room.launch({
        tmoBin: desk.bin,
        env: desk.env,
        brief,
        ...modelOf(program.name),
      })
      if (program.name !== 'opencode') await agent.atModel(token)
      await agent.until(['idle'])
      const note = 'half of it; $(id) "quoted"'
      const name = `${prefixes[program.name]}report`
      const script = `<<tool ${name} ${JSON.stringify({ kind: 'progress', note })}>> <<text done>>`
      await agent.submit(messageOf(script))
      await waitFor(
        () => 'the verb',
        () => desk.kept().length > 0,
        { describe: () => agent.screen() },
      )
      expect(desk.kept()).toMatchObject([
        {
          argv: ['report', '--', 'progress', note],
          agent: identity.TMO_AGENT,
          token: identity.TMO_TOKEN,
        },
      ])
      await agent.until(['idle'])
    })
  })
})
