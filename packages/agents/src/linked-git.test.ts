import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { execWords } from '../test/exec-words.ts'
import { CodexAdapter } from './codex.ts'
import { linkedGitFolders } from './linked-git.ts'

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tmo-')))
})
afterEach(() => rmSync(folder, { recursive: true }))

const git = (...argv: readonly string[]): unknown =>
  execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.org', '-C', folder, ...argv], {
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
  })

function makeWorktree(): string {
  git('init', '-b', 'main', 'main')
  git('-C', 'main', 'commit', '--allow-empty', '-m', 'Begin')
  git('-C', 'main', 'worktree', 'add', '../linked', '-b', 'work')
  return join(folder, 'linked')
}

it('finds what a commit in a linked worktree writes to, without hooks and settings', async () => {
  const common = join(folder, 'main', '.git')
  expect(await linkedGitFolders(makeWorktree())).toEqual([
    join(common, 'worktrees', 'linked'),
    join(common, 'objects'),
    join(common, 'refs'),
    join(common, 'logs'),
  ])
})

it('finds nothing in a main worktree, and where there is no repository', async () => {
  makeWorktree()
  expect(await linkedGitFolders(join(folder, 'main'))).toEqual([])
  expect(await linkedGitFolders(join(folder, 'nowhere'))).toEqual([])
})

it('stays writable in the sandbox of Codex, with the folder of verbs and the user’s own roots', async () => {
  const cwd = makeWorktree()
  mkdirSync(join(folder, '.codex'))
  writeFileSync(
    join(folder, '.codex', 'config.toml'),
    `[sandbox_workspace_write]\nwritable_roots = ["/srv/cache"]\n[projects."${join(folder, 'main')}"]\ntrust_level = "trusted"\n`,
  )
  const request = {
    ...{ orchestration: 'o-abcd', name: 'developer', role: 'developer', mode: 'new' as const, cwd },
    ...{ conversationId: 'c', stateDir: join(folder, 'state'), tmoBin: '/opt/tmo/bin' },
    env: { TMO_HOME: '/var/tmo' },
  }
  const codex = new CodexAdapter({ HOME: folder, PATH: '/usr/bin' })
  const rootsOf = (argv: readonly string[]): unknown => {
    const line = argv.find((word) => word.startsWith('sandbox_workspace_write.writable_roots='))
    return line && JSON.parse(line.slice(line.indexOf('=') + 1))
  }
  const scripts = ['codex-server.sh', 'codex-alone.sh'].map((name) => join(request.stateDir, name))
  const { argv } = await codex.prepare(request)
  // a client of a server takes none
  expect(rootsOf(argv)).toBeUndefined()
  for (const script of scripts) {
    expect(rootsOf(execWords(script))).toEqual([
      ...['/srv/cache', ...(await linkedGitFolders(cwd)), '/var/tmo/spool'],
    ])
  }
  expect(argv).toContain('allow_login_shell=false')
  await codex.prepare({ ...request, options: { sandbox: 'read-only' } })
  for (const script of scripts) expect(rootsOf(execWords(script))).toBeUndefined()
})
