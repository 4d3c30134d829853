import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createGit } from './git.ts'

/** What a temporary repository begins with. */
export interface TemporaryRepositoryOptions {
  /** @defaultValue `'main'` */
  readonly branch?: string
  /** Content by path of the first commit; `{}` makes an empty commit, `null` none. @defaultValue `{ 'README.md': 'A repository.\n' }` */
  readonly files?: Readonly<Record<string, string>> | null
  /** Name of the directory within a temporary one. @defaultValue `'repository'` */
  readonly name?: string
}

/** A repository of its own, gone when disposed. */
export interface TemporaryRepository {
  readonly dir: string
  /** A temporary directory for worktrees, removed as well. */
  readonly outside: string
  /** The environment its git runs in: nobody's configuration, a fixed identity and fixed dates. */
  readonly env: Readonly<Record<string, string>>
  /** Runs git in it; resolves to stdout without the last line end. */
  git(...args: readonly string[]): Promise<string>
  /** Writes the files, commits everything, resolves to the commit id. */
  commit(files: Readonly<Record<string, string>>, message: string): Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

const identity = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.invalid',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.invalid',
  GIT_AUTHOR_DATE: '2024-01-01T00:00:00Z',
  GIT_COMMITTER_DATE: '2024-01-01T00:00:00Z',
}

/** A real repository of its own under the system's temporary directory, gone when disposed. */
export async function temporaryRepository(
  options: TemporaryRepositoryOptions = {},
): Promise<TemporaryRepository> {
  const outside = await realpath(await mkdtemp(join(tmpdir(), 'tmo-repository-')))
  const dir = join(outside, options.name ?? 'repository')
  await mkdir(dir)
  const env = { ...process.env, ...identity }
  const run = createGit({ program: 'git', env, timeoutMs: 60_000 })
  const git = async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await run(args, { cwd: dir, reads: false, env: identity })
    return stdout.replace(/\n$/, '')
  }
  const commit = async (files: Readonly<Record<string, string>>, message: string): Promise<string> => {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(dir, name)), { recursive: true })
      await writeFile(join(dir, name), content)
    }
    await git('add', '--all')
    await git('commit', '--quiet', '--allow-empty', '--message', message)
    return git('rev-parse', 'HEAD')
  }
  await git('init', '--quiet', `--initial-branch=${options.branch ?? 'main'}`)
  await git('config', 'user.name', identity.GIT_AUTHOR_NAME)
  await git('config', 'user.email', identity.GIT_AUTHOR_EMAIL)
  if (options.files !== null)
    await commit(options.files ?? { 'README.md': 'A repository.\n' }, 'First commit')
  return {
    dir,
    outside,
    env: identity,
    git,
    commit,
    [Symbol.asyncDispose]: () => rm(outside, { recursive: true, force: true, maxRetries: 3 }),
  }
}
