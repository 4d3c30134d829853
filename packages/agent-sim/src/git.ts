import { SimError } from './errors.ts'
import { failureText, type RunResult, runProgram } from './run-program.ts'

export interface GitOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** The agent's own name; it signs the commits as simulated. */
  readonly name: string
  readonly signal: AbortSignal
}

export interface CommitRequest {
  readonly subject: string
  /** Value of the `Tmo-Task` trailer: by it the commit is found again. */
  readonly trailer: string
  readonly files: readonly string[]
}

export interface Git {
  /** Commits that carry a `Tmo-Task` trailer among the last thousand, by its value. */
  taskCommits(): Promise<ReadonlyMap<string, string>>
  /** The committed content of a file; `undefined` when the last commit does not have it. */
  committed(path: string): Promise<string | undefined>
  /** Adds exactly these files to the index, but for those that ignore rules keep out: these it returns. */
  stage(files: readonly string[]): Promise<readonly string[]>
  /** Commits exactly these files, staged before, and returns the commit; the last one when it holds the same contents. */
  commit(request: CommitRequest): Promise<string>
  /** The commits of branches; a branch that does not exist is left out. */
  tips(branches: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Writes the tree of a commit into `directory`, with an index of its own beside it; worktree and index stay untouched. */
  extract(commit: string, directory: string): Promise<void>
}

const trailerName = 'Tmo-Task'
const foreign = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_PREFIX',
  'GIT_OBJECT_DIRECTORY',
  'GIT_COMMON_DIR',
]

function environment(options: GitOptions): NodeJS.ProcessEnv {
  const who = { name: `${options.name} (simulated)`, email: `${options.name}@agents.invalid` }
  const env: NodeJS.ProcessEnv = {
    ...options.env,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_EDITOR: 'true',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_AUTHOR_NAME: who.name,
    GIT_AUTHOR_EMAIL: who.email,
    GIT_COMMITTER_NAME: who.name,
    GIT_COMMITTER_EMAIL: who.email,
  }
  for (const name of foreign) delete env[name]
  return env
}

/** Git in the worktree that the agent was started in. Nothing is run before the first call. */
export function openGit(options: GitOptions): Git {
  const env = environment(options)
  const { cwd, signal } = options
  const attempt = (
    args: readonly string[],
    extra: NodeJS.ProcessEnv = {},
    input?: string,
  ): Promise<RunResult> =>
    runProgram('git', args, {
      cwd,
      env: { ...env, ...extra },
      signal,
      ...(input === undefined ? {} : { input }),
    })
  const run = async (args: readonly string[], extra?: NodeJS.ProcessEnv): Promise<string> => {
    const result = await attempt(args, extra)
    if (result.exitCode === 0) return result.stdout
    throw new SimError('GIT_FAILED', failureText(result), { details: { cwd } })
  }
  return {
    async taskCommits() {
      const head = await attempt(['rev-parse', '--verify', '-q', 'HEAD'])
      if (head.exitCode === 1) return new Map()
      const format = `--format=%H%x1f%(trailers:key=${trailerName},valueonly,separator=%x1f)`
      return parseTaskCommits(await run(['log', '-n', '1000', format]))
    },
    async committed(path) {
      const listed = await run(['ls-tree', '-z', 'HEAD', '--', path])
      const blob = /^\d+ blob ([0-9a-f]+)\t/.exec(listed)?.[1]
      return blob === undefined ? undefined : run(['cat-file', 'blob', blob])
    },
    stage: (files) => stage(files, attempt, run),
    commit: (request) => commit(request, attempt, run),
    async tips(branches) {
      if (branches.length === 0) return new Map()
      const names = branches.map((name) => `refs/heads/${name}`)
      const lines = await run(['for-each-ref', '--format=%(objectname) %(refname:lstrip=2)', ...names])
      const found = lines
        .split('\n')
        .map((line) => [line.slice(line.indexOf(' ') + 1), line.split(' ', 1)[0] ?? ''] as const)
      return new Map(found.filter(([name]) => branches.includes(name)))
    },
    async extract(commitId, directory) {
      const index = { GIT_INDEX_FILE: `${directory}.index` }
      await run(['read-tree', commitId], index)
      await run(['checkout-index', '--all', `--prefix=${directory}/`], index)
    },
  }
}

function parseTaskCommits(log: string): ReadonlyMap<string, string> {
  const commits = new Map<string, string>()
  for (const line of log.split('\n')) {
    const [id = '', ...tasks] = line.split('\x1f')
    for (const task of tasks) if (task !== '' && !commits.has(task)) commits.set(task, id)
  }
  return commits
}

type Attempt = (args: readonly string[], extra?: NodeJS.ProcessEnv, input?: string) => Promise<RunResult>
type Run = (args: readonly string[]) => Promise<string>

async function commit(request: CommitRequest, attempt: Attempt, run: Run): Promise<string> {
  const { files } = request
  const message = `${request.subject}\n\n${trailerName}: ${request.trailer}\n`
  const options = ['--quiet', '--cleanup=verbatim', '--only', '-m', message]
  const made = await attempt(['-c', 'commit.gpgsign=false', 'commit', ...options, '--', ...files])
  if (made.exitCode !== 0) {
    const left = await run(['status', '--porcelain', '-z', '--', ...files])
    if (left !== '')
      throw new SimError('GIT_FAILED', failureText(made), { details: { files: files.join(' ') } })
  }
  return (await run(['rev-parse', 'HEAD'])).trim()
}

async function stage(files: readonly string[], attempt: Attempt, run: Run): Promise<readonly string[]> {
  const added = await attempt(['add', '--', ...files])
  if (added.exitCode === 0) return []
  const checked = await attempt(
    ['check-ignore', '-z', '--stdin'],
    { GIT_LITERAL_PATHSPECS: '0' },
    files.join('\0'),
  )
  const ignored = checked.stdout.split('\0').filter((file) => files.includes(file))
  if (ignored.length === 0)
    throw new SimError('GIT_FAILED', failureText(added), { details: { files: files.join(' ') } })
  const rest = files.filter((file) => !ignored.includes(file))
  if (rest.length > 0) await run(['add', '--', ...rest])
  return ignored
}
