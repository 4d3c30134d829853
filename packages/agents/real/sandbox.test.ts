import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LaunchRequest } from '../src/index.ts'
import { type Agent, messageOf, newToken, waitFor } from './agent.ts'
import { inOwnFolder } from './own-folder.ts'
import { isSlice, programs } from './programs.ts'
import { openRoom, type Room } from './room.ts'
import { identity, openVerbDesk } from './verb-desk.ts'

interface Case {
  readonly program: string
  readonly name: string
  readonly launch?: Partial<LaunchRequest>
  /** Claude Code's own settings of the user. */
  readonly settings?: object
  /** How `tmo report` in its shell reaches us. */
  readonly report: 'socket' | 'disk' | 'never'
  readonly commits: boolean
}

const sandbox = { enabled: true, allowUnsandboxedCommands: false }

/** What each program's own sandbox lets through, as it was measured. Nothing of it asks a question. */
const cases: readonly Case[] = [
  { program: 'claude', name: 'as it is started', report: 'socket', commits: true },
  {
    program: 'claude',
    name: 'that asks before edits',
    launch: { permissionMode: 'default' },
    report: 'socket',
    commits: true,
  },
  { program: 'claude', name: 'in its sandbox', settings: { sandbox }, report: 'socket', commits: true },
  { program: 'codex', name: 'in workspace-write', report: 'disk', commits: true },
  {
    program: 'codex',
    name: 'in workspace-write that never asks',
    launch: { permissionMode: 'never' },
    report: 'disk',
    commits: true,
  },
  {
    program: 'codex',
    name: 'in read-only',
    launch: { options: { sandbox: 'read-only' } },
    report: 'never',
    commits: false,
  },
  {
    program: 'codex',
    name: 'in danger-full-access',
    launch: { options: { sandbox: 'danger-full-access' } },
    report: 'socket',
    commits: true,
  },
  { program: 'opencode', name: 'as it is started', report: 'socket', commits: true },
  {
    program: 'opencode',
    name: 'that asks',
    launch: { permissionMode: 'ask' },
    report: 'socket',
    commits: true,
  },
  { program: 'gemini', name: 'as it is started', report: 'socket', commits: true },
  {
    program: 'gemini',
    name: 'that asks before edits',
    launch: { permissionMode: 'default' },
    report: 'socket',
    commits: true,
  },
]

/** Claude Code's sandbox needs both; without them it runs commands outside of it. */
const isBoxed = ['bwrap', 'socat'].every((name) =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name))),
)

const author = Object.fromEntries(
  ['AUTHOR', 'COMMITTER'].flatMap((who) => [
    [`GIT_${who}_NAME`, 'Test'],
    [`GIT_${who}_EMAIL`, 'test@agents.invalid'],
  ]),
)

function git(cwd: string, ...argv: readonly string[]): string {
  const env = { PATH: process.env['PATH'], HOME: '/nonexistent' }
  return execFileSync('git', ['-C', cwd, ...argv], { env })
    .toString()
    .trim()
}

/** Makes the room's project a linked worktree, whose git directory lies outside of it. */
function link(room: Room): void {
  const main = join(dirname(room.project), 'main')
  renameSync(room.project, main)
  git(main, 'worktree', 'add', '--quiet', '-b', 'tmo/real-abcd/developer', room.project)
  const codex = join(room.home, '.codex', 'config.toml')
  // it trusts a repository by its main worktree
  if (existsSync(codex)) appendFileSync(codex, `[projects."${main}"]\ntrust_level = "trusted"\n`)
}

/** What git runs after a commit, wherever the commit is made. */
function writeHook(room: Room, command: string): void {
  const hook = join(dirname(room.project), 'main', '.git', 'hooks', 'post-commit')
  writeFileSync(hook, `#!/bin/sh\n${command}\n`, { mode: 0o755 })
}

/** Lets it run a command, to its end: a question in between would never let it come there. */
async function run(room: Room, agent: Agent, command: string): Promise<void> {
  const message = messageOf(`<<bash ${command}>> <<text done>>`)
  await agent.submit(message)
  const isBack = (): boolean =>
    room.model.requests().some(({ inputs, turn }) => turn > 0 && inputs.join().includes(message.token))
  await waitFor(() => `the end of ${command}`, isBack, {
    timeoutMs: 150_000,
    describe: () => agent.screen(),
  })
  await agent.until(['idle'])
}

/** A slice has those that a sandbox holds as they are started. */
const chosen = isSlice ? cases.filter(({ name }) => name.startsWith('in ') && !name.includes('that')) : cases

for (const program of programs.filter(({ name }) => chosen.some((one) => one.program === name))) {
  describe(`${program.name} ${program.version}`, () => {
    for (const one of chosen.filter((candidate) => candidate.program === program.name)) {
      const isMissing = !program.isHere || (one.settings !== undefined && !isBoxed)
      it.skipIf(isMissing)(`${one.name} reports by ${one.report}, commits: ${one.commits}`, async () => {
        await inOwnFolder(async () => {
          await using room = await openRoom(program)
          await using desk = await openVerbDesk(join(room.home, 'tmo'), { listens: true })
          link(room)
          if (one.settings) {
            mkdirSync(join(room.home, '.claude'), { recursive: true })
            writeFileSync(join(room.home, '.claude', 'settings.json'), JSON.stringify(one.settings))
          }
          const token = newToken('b')
          const brief = `[brief ${token}] Wait. <<text ok>>`
          const env = { ...desk.env, ...author }
          const agent = await room.launch({ tmoBin: desk.bin, env, brief, ...one.launch })
          // opencode is briefed by its first message; Gemini CLI lets its brief wait for the server of the verbs
          if (program.name !== 'opencode') await agent.atModel(token)
          await agent.until(['idle'])
          await run(room, agent, 'tmo report progress half')
          const said = ['report', 'progress', 'half']
          expect(desk.heard(), await agent.screen()).toEqual(one.report === 'socket' ? [said] : [])
          const kept = { argv: said, agent: identity.TMO_AGENT, token: identity.TMO_TOKEN }
          expect(desk.kept()).toMatchObject(one.report === 'disk' ? [kept] : [])
          const [hooked, outside] = [join(room.project, 'hooked'), join(room.home, 'outside')] as const
          if (one.settings) writeHook(room, `touch ${hooked} ${outside}`)
          writeFileSync(join(room.project, 'new.txt'), 'new\n')
          await run(room, agent, 'git add new.txt && git commit --quiet --message=work')
          const subject = git(room.project, 'log', '--format=%s', '-1')
          expect(subject, await agent.screen()).toBe(one.commits ? 'work' : 'Begin')
          // without its sandbox all of the above would be so as well
          if (one.settings) expect([hooked, outside].map((path) => existsSync(path))).toEqual([true, false])
        })
      })
    }
  })
}
