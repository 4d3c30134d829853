import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Room } from './room.ts'

const spec = '# Notes\n\n## Tasks\n\n- [ ] Write `notes/one.md`\n'

describe('bad input is answered in words, with the next step, and leaves nothing half-made', () => {
  let room: Room
  let project: string

  beforeAll(async () => {
    room = new Room()
    project = await room.project({ 'spec.md': spec })
  })

  afterAll(async () => {
    await room[Symbol.asyncDispose]()
  })

  const run = async (...argv: readonly string[]): ReturnType<Room['tmo']> => await room.tmo(['run', ...argv])
  const expectRefused = async (
    result: Awaited<ReturnType<Room['tmo']>>,
    code: number,
    words: RegExp,
  ): Promise<void> => {
    expect(result.stderr).toMatch(words)
    expect(result.stderr).toMatch(/hint: /)
    expect(result.stderr).not.toMatch(/\n\s+at /)
    expect(result.code).toBe(code)
    expect(await room.git(project, 'branch', '--list', 'tmo/*')).toBe('')
    expect(await room.git(project, 'worktree', 'list')).not.toContain('\n')
    const worktrees = join(room.home, 'worktrees')
    expect(existsSync(worktrees) ? readdirSync(worktrees) : []).toEqual([])
  }

  it('names a project that does not exist', async () => {
    await expectRefused(
      await run('--project', 'nowhere', '--spec', `${project}/spec.md`, '--agent', 'sim'),
      1,
      /nowhere/,
    )
  })

  it('says how to make a repository of a folder that is none', async () => {
    mkdirSync(join(room.folder, 'plain'))
    await expectRefused(
      await run('--project', 'plain', '--spec', `${project}/spec.md`, '--agent', 'sim'),
      1,
      /not inside a git repository/,
    )
  })

  it('asks for a first commit where there is none', async () => {
    mkdirSync(join(room.folder, 'unborn'))
    await room.git(join(room.folder, 'unborn'), 'init', '--quiet')
    await expectRefused(
      await run('--project', 'unborn', '--spec', `${project}/spec.md`, '--agent', 'sim'),
      1,
      /no commit/,
    )
  })

  it('refuses an empty, a binary, a huge and a missing spec', async () => {
    const files: readonly (readonly [string, string | Buffer, RegExp])[] = [
      ['empty.md', '\n  \n', /empty/],
      ['binary.md', Buffer.from([0, 1, 2, 255]), /text|binary|UTF-8/i],
      ['huge.md', Buffer.alloc(50 * 1024 * 1024, 'a'), /larger|large|at most|bytes|MiB/],
    ]
    for (const [name, content, words] of files) {
      const file = join(room.folder, name)
      writeFileSync(file, content)
      await expectRefused(await run('--project', project, '--spec', file, '--agent', 'sim'), 1, words)
    }
    await expectRefused(
      await run('--project', project, '--spec', 'missing.md', '--agent', 'sim'),
      1,
      /missing\.md/,
    )
  })

  it('refuses an unknown role as usage, and names the roles', async () => {
    await expectRefused(
      await run(
        '--project',
        project,
        '--spec',
        `${project}/spec.md`,
        '--agent',
        'sim',
        '--roles',
        'developer,wizard',
      ),
      2,
      /wizard/,
    )
  })

  it('refuses an agent program that is not installed', async () => {
    await expectRefused(
      await run('--project', project, '--spec', `${project}/spec.md`, '--agent', 'no-such-program-anywhere'),
      1,
      /no-such-program-anywhere/,
    )
  })

  it('asks for --agent where nobody can be asked', async () => {
    await expectRefused(await run('--project', project, '--spec', `${project}/spec.md`), 2, /agent program/)
  })

  it('refuses a base branch that does not exist, and names branches that do', async () => {
    await expectRefused(
      await run('--project', project, '--spec', `${project}/spec.md`, '--agent', 'sim', '--base', 'nope'),
      1,
      /nope[\s\S]*main/,
    )
  })

  it('refuses when a branch of the user stands in the way of its own', async () => {
    const other = await room.project({ 'spec.md': spec }, { name: 'taken' })
    await room.git(other, 'branch', 'tmo')
    const result = await run('--project', other, '--spec', `${other}/spec.md`, '--agent', 'sim')
    await expectRefused(result, 1, /stands in the way/)
    expect(await room.git(other, 'branch', '--format=%(refname:short)')).toBe('main\ntmo')
  })

  it('refuses settings that are wrong, with file and line', async () => {
    const other = await room.project(
      { 'spec.md': spec, '.tmo/config.yaml': 'agent: sim\nverfy: npm test\n' },
      { name: 'settings' },
    )
    await expectRefused(
      await run('--project', other, '--spec', `${other}/spec.md`),
      2,
      /config\.yaml:2: unknown key "verfy"/,
    )
  })

  it('says when tmux is missing or too old, and takes the start back', async () => {
    const old = join(room.folder, 'old-tmux')
    const says = 'if [ "$1" = -V ]; then echo "tmux 3.1c"; else echo "unknown option -- N" >&2; exit 1; fi'
    writeFileSync(old, `#!/bin/sh\n${says}\n`)
    chmodSync(old, 0o755)
    const programs = [
      [
        '/nowhere/tmux',
        /could not run tmux as "\/nowhere\/tmux"\nhint: Install tmux 3\.2 or newer \(apt install tmux/,
      ],
      [old, /tmux 3\.1c is too old: 3\.2 or newer is needed\nhint: Install tmux 3\.2 or newer/],
    ] as const
    for (const [index, [program, words]] of programs.entries()) {
      const home = join(room.folder, `no-tmux-${index}`)
      const env = { TMO_TMUX: program, TMO_HOME: home }
      const argv = ['run', '--project', project, '--spec', `${project}/spec.md`, '--agent', 'sim']
      await expectRefused(await room.tmo(argv, { env }), 1, words)
      const worktrees = join(home, 'worktrees')
      expect(existsSync(worktrees) ? readdirSync(worktrees) : []).toEqual([])
      expect(JSON.parse((await room.tmo(['list', '--json'], { env })).stdout)).toMatchObject({
        orchestrations: [],
      })
      await room.tmo(['clean', '--all', '--yes'], { env })
    }
  })

  it('says that a home cannot be used', async () => {
    const file = join(room.folder, 'a-file')
    writeFileSync(file, '')
    const result = await room.tmo(
      ['run', '--project', project, '--spec', `${project}/spec.md`, '--agent', 'sim'],
      { env: { TMO_HOME: join(file, 'home') } },
    )
    await expectRefused(result, 1, /cannot use/)
  })

  it('says that a home cannot be made where the system takes no folders, instead of waiting for ever', async () => {
    const argv = ['run', '--project', project, '--spec', `${project}/spec.md`, '--agent', 'sim']
    const result = await room.tmo(argv, { env: { TMO_HOME: '/proc/tmo-home' }, deadlineMs: 60_000 })
    await expectRefused(result, 1, /cannot use \/proc\/tmo-home as home: .*cannot be written/)
  })

  it('never uses the default tmux server, by whatever name', async () => {
    const sockets = join(room.folder, 'sockets')
    const folder = join(sockets, `tmux-${process.getuid?.() ?? 0}`)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    symlinkSync(sockets, join(room.folder, 'link'))
    const paths = [join(folder, 'default'), join(room.folder, 'link', basename(folder), 'default')]
    const home = join(room.folder, 'default-server')
    for (const socket of ['default', '../default', ...paths]) {
      const result = await room.tmo(
        ['run', '--project', project, '--spec', `${project}/spec.md`, '--agent', 'sim'],
        { env: { TMO_TMUX_SOCKET: socket, TMUX_TMPDIR: sockets, TMO_HOME: home } },
      )
      await expectRefused(result, 2, /TMO_TMUX_SOCKET=.*(default tmux server|absolute path)/)
    }
    expect(existsSync(home)).toBe(false)
    expect(readdirSync(folder)).toEqual([])
  })

  it('refuses the address of a database in a form that it does not know, and makes no file of it', async () => {
    const home = join(room.folder, 'odd-database')
    for (const address of ['foo', 'mysql://me:secret@host/db', 'sqlite:', 'sqlite::memory:']) {
      const result = await room.tmo(
        ['run', '--project', project, '--spec', `${project}/spec.md`, '--agent', 'sim'],
        { env: { TMO_DATABASE_URL: address, TMO_HOME: home } },
      )
      await expectRefused(result, 2, /TMO_DATABASE_URL is not the address of a database/)
      expect(result.stderr).not.toContain('secret')
      expect(existsSync(home)).toBe(false)
    }
  })

  it.skipIf(!canMount())(
    'says that the disk is full, of the home or of a worktree, and takes the start back',
    async () => {
      const large = await room.project({ 'spec.md': spec }, { name: 'large' })
      writeFileSync(join(large, 'large.bin'), randomBytes(16 * 1024 * 1024))
      await room.git(large, 'add', '--all')
      await room.git(large, 'commit', '--quiet', '-m', 'Large')
      const argv = ['run', '--project', large, '--spec', `${large}/spec.md`, '--agent', 'sim', '--json']
      for (const size of ['64k', '8m']) {
        const home = join(room.folder, `small-${size}`)
        mkdirSync(home)
        execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', home])
        const env = { TMO_HOME: home }
        try {
          const result = await room.tmo(argv, { env })
          expect(`${result.stdout}${result.stderr}`).toMatch(/disk is full|no space left|DISK_FULL/i)
          expect(result.stderr).not.toMatch(/\n\s+at /)
          expect(result.code).toBe(1)
          expect(await room.git(large, 'branch', '--list', 'tmo/*')).toBe('')
          expect(await room.git(large, 'worktree', 'list')).not.toContain('\n')
          if (size === '8m') {
            const listed = await room.tmo(['list', '--all', '--json'], { env })
            expect(JSON.parse(listed.stdout).orchestrations).toMatchObject([{ state: 'failed' }])
          }
          await room.tmo(['clean', '--all', '--yes'], { env })
        } finally {
          execFileSync('umount', ['--lazy', home])
        }
      }
    },
  )

  it('suggests the command and the flag that were meant', async () => {
    const command = await room.tmo(['stauts'])
    expect(command.code).toBe(2)
    expect(command.stderr).toMatch(/status/)
    const tool = await room.tmo(['scheduler', 'status'])
    expect(tool.code).toBe(2)
    expect(tool.stderr).toMatch(/did you mean tmo daemon\?/)
    const { stdout: help } = await room.tmo(['--help'])
    for (const name of ['daemon', 'team', 'credits']) expect(help).toMatch(new RegExp(`^  ${name} +\\w`, 'm'))
    const flag = await run('--projct', '.')
    expect(flag.code).toBe(2)
    expect(flag.stderr).toMatch(/--project/)
  })
})

function canMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' })
    return process.getuid?.() === 0
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}
