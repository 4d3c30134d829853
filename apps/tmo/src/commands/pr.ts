import {
  CliError,
  type Command,
  type Context,
  defineCommand,
  type ExitWith,
  exit,
} from '@tmux-orchestrator/cli'
import { callerOf, refuseAgent } from '@tmux-orchestrator/daemon'
import { openDaemonFor } from '../daemon.ts'
import { execute, type Ran } from '../execute.ts'
import { bodyOf, compareAddress, type Forge, parseForge } from '../pull-request.ts'

interface PrAnswer {
  readonly id: string
  /** `nothing`: the branch has no commit that the base lacks. `pushed`: no request was opened; `next` is how to. */
  readonly status: 'opened' | 'exists' | 'pushed' | 'planned' | 'nothing' | 'rejected'
  readonly remote: string
  readonly branch: string
  readonly base: string
  readonly commit: string
  /** The request; `null` where none was opened. */
  readonly url: string | null
  /** A page or command by which a person goes on; `null` where there is nothing left to do. */
  readonly next: string | null
  readonly reasons: readonly string[]
}

export const prCommand: Command = defineCommand({
  name: 'pr',
  summary: 'Push the integration branch, and open a pull request for it.',
  description:
    'The branch is pushed as it is, never by force. gh opens the request where it is installed, and one that is open already is only told; without gh the answer says where or how to open it. Run it again after more work was merged. Exit 3 when there is nothing to offer, or the remote branch has something else.',
  examples: ['tmo pr hello-abcd', 'tmo pr hello-abcd --base main --draft', 'tmo pr hello-abcd --dry-run'],
  args: [{ name: 'id', description: 'an orchestration', required: true }],
  options: [
    { flag: '--base <branch>', description: "what it is to be merged into; the run's base by default" },
    {
      flag: '--remote <name>',
      description: "the base branch's remote by default, else the only one or origin",
    },
    { flag: '--title <text>', description: "the spec's title by default" },
    { flag: '--draft', description: 'open it as a draft' },
    { flag: '-n, --dry-run', description: 'only say what would happen' },
  ],
  async run({ args, options, context }): Promise<PrAnswer | ExitWith<PrAnswer>> {
    refuseAgent(callerOf(context.env), 'pr')
    await using daemon = await openDaemonFor(context, options)
    const view = await daemon.call('orchestration.status', { id: args.id, commits: false })
    if (view.integration === null)
      throw new CliError('NO_SUCH_BRANCH', `${view.id} has no integration branch`, {
        hint: 'the run was started with --merge none; push the branches of its agents',
      })
    const git = gitIn(context, view.project)
    const { branch } = view.integration
    const base = options.base ?? view.base
    if (base === 'HEAD')
      throw new CliError('BAD_ARGUMENT', `${view.id} began at a commit without a branch`, {
        hint: 'say what it is to be merged into: --base BRANCH',
      })
    const commit = await git.read('rev-parse', '--verify', '--quiet', `refs/heads/${branch}^{commit}`)
    if (commit === '')
      throw new CliError('NO_SUCH_BRANCH', `the branch ${branch} is gone`, { hint: 'it was cleaned away' })
    const remote = options.remote ?? (await chooseRemote(git, base))
    const forge = parseForge(await git.read('remote', 'get-url', '--push', remote))
    const answer = { id: view.id, remote, branch, base, commit, url: null, next: null, reasons: [] }
    if ((await git.read('rev-list', '--max-count=1', commit, `^${view.baseCommit}`)) === '')
      return exit(3, {
        ...answer,
        status: 'nothing',
        reasons: [`${branch} has nothing that ${view.base} lacks`],
      })
    const next = compareAddress(forge, base, branch) ?? `git request-pull ${base} ${remote} ${branch}`
    if (options.dryRun) return { ...answer, status: 'planned', next }
    const pushed = await git.run('push', '--porcelain', remote, `${commit}:refs/heads/${branch}`)
    if (pushed.code !== 0) {
      const rejected = pushed.stdout.split('\n').filter((line) => line.startsWith('!'))
      const reasons = rejected.map((line) => line.split('\t').slice(1).join(' '))
      if (reasons.length > 0) return exit(3, { ...answer, status: 'rejected', reasons })
      throw failed(`git push ${remote}`, pushed, 'check the remote and your access to it')
    }
    const gh = ghIn(context, view.project, forge)
    const open = await gh.find(branch, base)
    if (open === undefined) return { ...answer, status: 'pushed', next }
    if (open !== '') return { ...answer, status: 'exists', url: open }
    const url = await gh.create({
      branch,
      base,
      title: options.title ?? view.title,
      body: bodyOf(view),
      isDraft: options.draft,
      next,
    })
    return { ...answer, status: 'opened', url }
  },
  render: (answer: PrAnswer) => renderPr(answer),
})

interface Git {
  run(...argv: readonly string[]): Promise<Ran>
  /** What it prints, or nothing when it fails. */
  read(...argv: readonly string[]): Promise<string>
}

function gitIn(context: Context, project: string): Git {
  const { signal } = context
  // Of another repository, when this runs inside a hook.
  const own = Object.entries(context.env).filter(
    ([name]) => !/^GIT_(DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|PREFIX)$/.test(name),
  )
  const env = { ...Object.fromEntries(own), ...(context.isTty ? {} : { GIT_TERMINAL_PROMPT: '0' }) }
  const run = async (...argv: readonly string[]): Promise<Ran> => {
    const ran = await execute('git', ['-C', project, ...argv], { cwd: project, env, signal })
    if (ran !== undefined) return ran
    throw new CliError('GIT_NOT_FOUND', 'git is not installed', { hint: 'install git' })
  }
  return {
    run,
    read: async (...argv) => {
      const { code, stdout } = await run(...argv)
      return code === 0 ? stdout.trim() : ''
    },
  }
}

async function chooseRemote(git: Git, base: string): Promise<string> {
  const configured = await git.read('config', '--get', `branch.${base}.remote`)
  const remotes = (await git.read('remote')).split('\n').filter(Boolean)
  if (remotes.includes(configured)) return configured
  const [only] = remotes
  if (only !== undefined && remotes.length === 1) return only
  if (remotes.includes('origin')) return 'origin'
  throw new CliError(
    'NO_REMOTE',
    remotes.length === 0 ? 'the project has no remote to push to' : 'the project has several remotes',
    {
      hint:
        remotes.length === 0
          ? 'git remote add origin ADDRESS'
          : `say which with --remote: ${remotes.join(', ')}`,
    },
  )
}

interface Request {
  readonly branch: string
  readonly base: string
  readonly title: string
  readonly body: string
  readonly isDraft: boolean
  readonly next: string
}

function ghIn(context: Context, project: string, forge: Forge | undefined) {
  const env = { ...context.env, GH_PROMPT_DISABLED: '1', NO_COLOR: '1' }
  const where = forge === undefined ? [] : [`--repo=${forge.host}/${forge.path}`]
  const run = (argv: readonly string[], input?: string): Promise<Ran | undefined> =>
    execute('gh', [...argv, ...where], {
      cwd: project,
      env,
      signal: context.signal,
      ...(input !== undefined && { input }),
    })
  return {
    /** The address of the open request; empty when there is none, undefined without gh. */
    find: async (branch: string, base: string): Promise<string | undefined> => {
      const ran = await run([
        'pr',
        'list',
        `--head=${branch}`,
        `--base=${base}`,
        '--state=open',
        '--json=url',
        '--jq=.[0].url // ""',
      ])
      if (ran === undefined) return undefined
      if (ran.code === 0) return ran.stdout.trim()
      throw failed(
        'gh pr list',
        ran,
        `the branch is pushed; open the request by hand, or gh auth login and run this again`,
      )
    },
    create: async ({ branch, base, title, body, isDraft, next }: Request): Promise<string> => {
      const words = [`--head=${branch}`, `--base=${base}`, `--title=${title}`, '--body-file=-']
      const ran = await run(['pr', 'create', ...words, ...(isDraft ? ['--draft'] : [])], body)
      if (ran?.code === 0) return ran.stdout.trim().split('\n').at(-1) ?? ''
      throw failed('gh pr create', ran, `the branch is pushed; open the request by hand: ${next}`)
    },
  }
}

function failed(what: string, ran: Ran | undefined, hint: string): CliError {
  const words = ran?.stderr.trim().split('\n').slice(-5).join('\n') ?? ''
  return new CliError('FAILED', `${what} failed${words === '' ? '' : `: ${words}`}`, { hint })
}

function renderPr({ status, remote, branch, base, commit, url, next, reasons }: PrAnswer): string {
  const at = commit.slice(0, 12)
  switch (status) {
    case 'nothing':
      return `nothing to offer: ${reasons.join('; ')}`
    case 'rejected':
      return `${remote} did not take ${branch}: ${reasons.join('; ')}`
    case 'planned':
      return `would push ${branch} at ${at} to ${remote}, and open a request into ${base}`
    case 'pushed':
      return `pushed ${branch} at ${at} to ${remote}; open the request: ${next}`
    case 'exists':
      return `pushed ${branch} at ${at} to ${remote}; its request is open: ${url}`
    case 'opened':
      return `pushed ${branch} at ${at} to ${remote}; opened ${url}`
  }
}
