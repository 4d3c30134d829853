import { cp, mkdir, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CliError, type Context } from '@tmux-orchestrator/cli'
import { ensureHome, resolveHome } from '@tmux-orchestrator/daemon'
import { execute } from './execute.ts'

/** The example as it comes with this package. */
const example = fileURLToPath(new URL('../dist/examples/hello', import.meta.url))

const identity = [
  'user.name=tmux-orchestrator example',
  'user.email=example@localhost',
  'commit.gpgsign=false',
]

export interface Example {
  readonly project: string
  readonly spec: string
}

/**
 * A repository of its own made from the bundled example, in the home: every run starts from the same commit, and none touches
 * another.
 */
export async function copyExample(context: Context): Promise<Example> {
  const home = resolveHome(context.env)
  ensureHome(home)
  const folder = join(home, 'examples')
  await mkdir(folder, { recursive: true })
  const project = await mkdtemp(join(folder, 'hello-'))
  await cp(example, project, { recursive: true })
  for (const argv of [
    ['init', '--quiet', '--initial-branch=main'],
    ['add', '--all'],
    ['commit', '--quiet', '--no-verify', '-m', 'Start from the bundled example'],
  ])
    await git(project, argv, context)
  return { project, spec: join(project, 'spec.md') }
}

async function git(project: string, argv: readonly string[], context: Context): Promise<void> {
  const settings = identity.flatMap((setting) => ['-c', setting])
  const ran = await execute('git', [...settings, ...argv], {
    cwd: project,
    env: plainGit(context.env),
    signal: context.signal,
  })
  if (ran === undefined) throw new CliError('FAILED', 'git is not installed', { hint: 'tmo doctor' })
  if (ran.code !== 0)
    throw new CliError('FAILED', `git ${argv[0]} in ${project} failed: ${ran.stderr.trim()}`, {
      hint: 'tmo doctor',
    })
}

/** A user's hooks, templates and aliases have no say in the example. */
function plainGit(env: Context['env']): Context['env'] {
  const { GIT_DIR: _dir, GIT_WORK_TREE: _tree, GIT_INDEX_FILE: _index, ...others } = env
  return { ...others, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TEMPLATE_DIR: '' }
}
