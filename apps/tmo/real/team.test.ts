import { readFileSync } from 'node:fs'
import {
  type ModelRequestRecord,
  type ModelServer,
  openModelServer,
} from '@tmux-orchestrator/agent-sim/model'
import { describe, expect, it } from 'vitest'
import { isAlive, type Room, type RunDocument, waitFor } from '../e2e/room.ts'
import { isSlice } from './bins.ts'
import { claudes, openClaudeRoom, settingsOf } from './claude.ts'

const files = {
  'spec.md': '# Notes\n\n## Tasks\n\n- [ ] Write `notes/one.md`\n- [ ] Write `notes/two.md`\n',
  'note.sh': '#!/bin/sh\nmkdir -p notes && echo "$1" > "notes/$1.md"\n',
  '.tmo/config.yaml': `permissions:\n  developer:\n    allow: ['Bash(sh note.sh one)']\n`,
}
const verify = 'grep one notes/one.md && grep two notes/two.md'

interface View extends RunDocument {
  readonly permissions: readonly { readonly agent: string; readonly subject: string }[]
}

/** A team of two that was started, and a human at its side. */
class Team {
  readonly room: Room
  readonly id: string
  readonly model: ModelServer

  constructor(room: Room, model: ModelServer, id: string) {
    this.room = room
    this.model = model
    this.id = id
  }

  async view(): Promise<View> {
    return await this.room.json<View>(['status', this.id])
  }

  async logs(): Promise<string> {
    return (await this.room.tmo(['logs', this.id])).stdout
  }

  /** Writes to an agent; every step is one turn of its model. */
  async say(name: string, ...steps: readonly string[]): Promise<void> {
    const sent = await this.room.tmo(['send', `${this.id}/${name}`, steps.join(' ')])
    expect(sent, `${sent.stdout}\n${await this.logs()}`).toMatchObject({ code: 0, stderr: '' })
  }

  async until(what: string, isIt: (view: View) => boolean): Promise<View> {
    try {
      return await waitFor(what, async () => {
        const view = await this.view()
        return isIt(view) ? view : undefined
      })
    } catch (error) {
      throw new Error(`${String(error)}\n${await this.logs()}\n${JSON.stringify(await this.view(), null, 1)}`)
    }
  }

  /** Its program's process. */
  pidOf(name: string): number | undefined {
    return this.room
      .processes()
      .find(
        ({ pid, command }) =>
          command.includes('claude') &&
          readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`TMO_AGENT=${this.id}/${name}`),
      )?.pid
  }
}

const bash = (command: string): string => `<<<bash ${command}>>>`
const work = (task: string, note: string): readonly string[] => [
  bash(`sh note.sh ${note}`),
  bash(`git add notes`),
  bash(`git commit -q -m "Add note ${note}"`),
  bash(`tmo task done ${task} committed`),
  bash('tmo report done "all of it"'),
]

/** A limit that ends at the next minute but one: who is held up goes on once, by itself or because it is told to. */
async function meetLimit(team: Team, name: string): Promise<void> {
  const minute = 60
  const resetsAt = (Math.ceil(Date.now() / 1000 / minute) + 1) * minute
  await team.say(name, `<<limit ${resetsAt} 1>>`)
  const seen = await waitFor('the limit', async () => /limit:seen .*/.exec(await team.logs())?.[0])
  expect(seen).toContain(`resetAt=${new Date(resetsAt * 1000).toISOString()}`)
  const goesOnByItself = seen.includes('continuesItself=true')
  await waitFor('its end', async () => (await team.logs()).includes('limit:over'), 300_000)
  const isGoOn = ({ at, userText }: ModelRequestRecord): boolean =>
    at >= resetsAt * 1000 && userText.includes('limit has')
  await team.model.waitForRequest(isGoOn, { timeoutMs: 60_000 })
  expect(team.model.requests().filter(isGoOn)).toHaveLength(1)
  expect((await team.logs()).includes('limit:resumed')).toBe(!goesOnByItself)
}

describe.each(claudes)('a team of two Claude Code $version', (program) => {
  it.runIf(program.isHere)(
    'brings its work in: trust, an overload, a limit, permissions by policy and by hand, a crash',
    async () => {
      await using model = await openModelServer()
      await using room = await openClaudeRoom(program.bin, model.url)
      const project = await room.project(files)
      for (const [name, value] of Object.entries({ name: 'A user', email: 'user@example.org' }))
        await room.git(project, 'config', `user.${name}`, value)
      const argv = ['run', '--project', project, '--spec', `${project}/spec.md`, '--agent', 'claude']
      argv.push('--roles', 'developer,developer', '--verify', verify)
      const settings = settingsOf(room)
      const before = readFileSync(settings, 'utf8')

      // Only its user may trust a repository.
      const distrusted = await room.tmo(argv)
      expect([distrusted.code, distrusted.stderr]).toEqual([1, expect.stringContaining('or give --trust')])
      expect(readFileSync(settings, 'utf8')).toBe(before)

      const { id } = await room.json([...argv, '--trust'])
      const team = new Team(room, model, id)
      const { agents } = await team.view()
      expect(agents.map(({ name, state }) => [name, state])).toEqual([
        ['developer', 'running'],
        ['developer-2', 'running'],
      ])

      await team.say('developer', '<<429 1 1>>')
      await model.waitForRequest(({ userText }) => userText.includes('<<429'), { timeoutMs: 60_000 })
      if (!isSlice) await meetLimit(team, 'developer')

      await team.say('developer', ...work('t1', 'one'))
      await team.until('the first note', ({ tasks }) => tasks.find(({ id }) => id === 't1')?.state === 'done')
      expect(await team.logs()).toMatch(
        /permission:allowed developer .*by=policy rule=Bash\(sh note.sh one\)/,
      )

      await team.say('developer-2', '<<slow 600>>')
      await model.waitForRequest(({ userText }) => userText.includes('<<slow'), { timeoutMs: 60_000 })
      const pid = await waitFor('its process', () => team.pidOf('developer-2'))
      process.kill(pid, 'SIGKILL')
      await waitFor('its end', () => !isAlive(pid))
      // Nobody tells it to go on but tmo.
      await model.waitForRequest(({ userText }) => userText.includes('was started again'), {
        timeoutMs: 120_000,
      })
      await team.say('developer-2', ...work('t2', 'two'))

      const asking = await team.until('the request', ({ permissions }) => permissions.length > 0)
      expect(asking.permissions).toMatchObject([{ agent: 'developer-2', subject: 'sh note.sh two' }])
      expect((await room.tmo(['approve', `${id}/developer-2`])).code).toBe(0)

      const done = await team.until('the end', ({ state }) => state === 'completed')
      expect([done.state, done.cause]).toEqual(['completed', null])
      const integration = done.integration?.commit ?? ''
      expect(done.verify).toMatchObject({ command: verify, commit: integration, exitCode: 0 })
      expect(await room.git(project, 'ls-tree', '-r', '--name-only', integration, 'notes')).toBe(
        'notes/one.md\nnotes/two.md',
      )
      expect(done.agents.map(({ commits }) => commits.length)).toEqual([1, 1])
      expect(await room.git(project, 'status', '--porcelain')).toBe('')
    },
  )
})
