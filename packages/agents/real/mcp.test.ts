import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { messageOf, newToken, waitFor } from './agent.ts'
import { programs } from './programs.ts'
import { openRoom, type Room } from './room.ts'

const tmo = fileURLToPath(new URL('../../../apps/tmo/bin/tmo.js', import.meta.url))
const identity = { TMO_AGENT: 'real-abcd/developer', TMO_TOKEN: 'a-secret' }

/** What each program calls the tools of our server. */
const prefixes: Readonly<Record<string, string>> = {
  claude: 'mcp__tmo__',
  codex: 'mcp__tmo/',
  opencode: 'tmo_',
  gemini: 'mcp_tmo_',
}

/** With a model that can search for tools Codex tells the names of its own ones alone, and our model cannot search. */
function modelOf(name: string): { readonly model?: string } {
  return name === 'codex' ? { model: 'gpt-5' } : {}
}

interface Kept {
  readonly argv: readonly string[]
  readonly agent: string
  readonly token: string
}

/** A home in which no daemon runs, so that verbs that arrive stay where they can be looked at. */
function makeHome(room: Room): { readonly home: string; readonly bin: string; kept(): readonly Kept[] } {
  const home = join(room.home, 'tmo')
  const [bin, spool] = [join(home, 'bin'), join(home, 'spool')]
  for (const folder of [bin, spool]) mkdirSync(folder, { recursive: true })
  writeFileSync(join(bin, 'tmo'), `#!/bin/sh\nexec '${process.execPath}' '${tmo}' "$@"\n`)
  chmodSync(join(bin, 'tmo'), 0o755)
  const kept = (): readonly Kept[] =>
    readdirSync(spool)
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(spool, name), 'utf8')))
  return { home, bin, kept }
}

/** Gemini CLI takes no system settings from below a folder that others may write, as `/tmp` is. */
async function inOwnFolder<T>(act: () => Promise<T>): Promise<T> {
  const before = process.env['TMPDIR']
  const folder = await mkdtemp(join(homedir(), '.tmo-'))
  process.env['TMPDIR'] = folder
  try {
    return await act()
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
    await rm(folder, { recursive: true, force: true })
  }
}

describe.each(programs)('the tools of $name $version', (program) => {
  it.skipIf(!program.isHere)('bring a verb of its model to us, without a question', async () => {
    await inOwnFolder(async () => {
      await using room = await openRoom(program)
      const { home, bin, kept } = makeHome(room)
      const brief = `[brief ${newToken('b')}] Wait. <<text ok>>`
      const env = { TMO_HOME: home, ...identity }
      const agent = await room.launch({ tmoBin: bin, env, brief, ...modelOf(program.name) })
      await agent.until(['idle'])
      const given = JSON.stringify({ kind: 'progress', note: 'half of it; $(id) "quoted"' })
      const name = `${prefixes[program.name]}report`
      await agent.submit(messageOf(`<<tool ${name} ${given}>> <<text done>>`))
      const described = {
        describe: async () =>
          `${await agent.screen()}\n${JSON.stringify(room.model.requests().at(-1)?.tools)}`,
        timeoutMs: 20_000,
      }
      await waitFor(
        () => 'the verb',
        () => kept().length > 0,
        described,
      )
      expect(kept()).toMatchObject([
        {
          argv: ['report', '--', 'progress', 'half of it; $(id) "quoted"'],
          agent: identity.TMO_AGENT,
          token: identity.TMO_TOKEN,
        },
      ])
      await agent.until(['idle'])
    })
  })
})
