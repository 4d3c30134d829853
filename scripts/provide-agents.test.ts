import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { agentsDirectory, provideAgents, tellMissing } from './provide-agents.mjs'

let folder = ''
let directory = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-agents-'))
  directory = join(folder, 'agents')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const program = { package: '@makers/agent', version: '1.2.3', bin: 'agent' }
const place = (): string => join(directory, '@makers/agent@1.2.3')

/** An npm that installs a program which says this version, or fails. */
function putNpm(said: string | undefined): NodeJS.ProcessEnv {
  const works = `mkdir -p "$3/node_modules/.bin"
printf '#!/bin/sh\\necho ${said}\\n' > "$3/node_modules/.bin/agent"; chmod 755 "$3/node_modules/.bin/agent"`
  const script = said === undefined ? 'echo "npm error code ENOTFOUND" >&2; exit 1' : works
  writeFileSync(join(folder, 'npm'), `#!/bin/sh\necho "$@" >> ${folder}/asked\n${script}\n`)
  chmodSync(join(folder, 'npm'), 0o755)
  return { PATH: `${folder}:${process.env['PATH']}` }
}

const provide = (env: NodeJS.ProcessEnv): ReturnType<typeof provideAgents> =>
  provideAgents({ directory, programs: [program], env })
const asked = (): readonly string[] => readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n')

describe('an agent program', () => {
  it('is fetched once, and kept whole', async () => {
    const env = putNpm('agent 1.2.3')
    expect(await provide(env)).toEqual([])
    expect(await provide(env)).toEqual([])
    expect(asked()).toHaveLength(1)
    expect(asked()[0]).toContain('--no-audit --no-fund')
    expect(existsSync(join(place(), 'node_modules/.bin/agent'))).toBe(true)
    expect(readdirSync(join(directory, '@makers'))).toEqual(['agent@1.2.3'])
  })

  it('that cannot be fetched is named, nothing of it stays, and the registry is not asked again', async () => {
    const why = 'npm: npm error code ENOTFOUND'
    const other = { ...program, package: '@makers/other' }
    const missing = await provideAgents({ directory, programs: [program, other], env: putNpm(undefined) })
    expect(missing).toEqual([
      { program, why },
      { program: other, why },
    ])
    expect(asked()).toHaveLength(1)
    expect(readdirSync(join(directory, '@makers'))).toEqual([])
  })

  it('that is another version than it should be is none', async () => {
    expect(await provide(putNpm('agent 9.9.9'))).toEqual([{ program, why: '--version says "agent 9.9.9"' }])
    expect(existsSync(place())).toBe(false)
  })

  it('that somebody began to fetch and did not end is fetched anew', async () => {
    const dead = `${place()}.999999999.new`
    const alive = `${place()}.${process.ppid}.new`
    mkdirSync(dead, { recursive: true })
    mkdirSync(alive)
    expect(await provide(putNpm('1.2.3'))).toEqual([])
    expect([existsSync(dead), existsSync(alive), existsSync(place())]).toEqual([false, true, true])
  })
})

describe('programs that cannot be had', () => {
  it('are a failure in CI alone', () => {
    const missing = [{ program, why: 'no network' }]
    expect(() => tellMissing(missing, { CI: 'true' })).toThrow('@makers/agent@1.2.3 (no network)')
    expect(() => tellMissing(missing, { CI: 'false' })).not.toThrow()
    expect(() => tellMissing(missing, {})).not.toThrow()
    expect(() => tellMissing([], { CI: 'true' })).not.toThrow()
  })
})

it('the programs lie in the user’s cache, wherever that is', () => {
  expect(agentsDirectory({ XDG_CACHE_HOME: '/c' })).toBe('/c/tmux-orchestrator/agents')
  expect(agentsDirectory({ XDG_CACHE_HOME: 'relative' })).toMatch(
    /^\/.*\/\.cache\/tmux-orchestrator\/agents$/,
  )
})
