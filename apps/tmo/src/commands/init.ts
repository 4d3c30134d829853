import { lstat, mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { CliError, type Command, type Context, defineCommand } from '@tmux-orchestrator/cli'
import { callerOf, refuseAgent } from '@tmux-orchestrator/daemon'
import { commandName } from '../daemon.ts'
import { execute } from '../execute.ts'
import { findVerify } from '../find-verify.ts'
import { listInstalled } from '../list-installed.ts'
import { type FoundSettings, formatSettings } from '../settings-template.ts'
import { writeOnce } from '../write-once.ts'

interface InitAnswer extends FoundSettings {
  /** The file that was written. */
  readonly file: string
}

const filesCopied = ['.env', '.env.local']

export const initCommand: Command = defineCommand({
  name: 'init',
  summary: 'Write a commented .tmo/config.yaml from what is found here.',
  description:
    'What was found holds: an installed agent program, the command that tests the project, ignored files that worktrees need. Every other setting stands in a comment. A file that is there stays as it is.',
  examples: ['tmo init', 'tmo init --project ../shop'],
  options: [{ flag: '--project <dir>', description: 'a folder inside a git repository', default: '.' }],
  async run({ options, context }): Promise<InitAnswer> {
    refuseAgent(callerOf(context.env), 'init')
    const root = await findRoot(resolve(context.cwd, options.project), context)
    const found = await look(root, context)
    const file = await writeSettings(root, formatSettings(found), commandName(context))
    return { file, ...found }
  },
  render: ({ file, agent, verify }: InitAnswer, context: Context) => {
    const tmo = commandName(context)
    return [
      `wrote ${file}`,
      `  agent:   ${agent ?? 'none is installed; name one there, or try --agent sim'}`,
      `  verify:  ${verify?.command ?? 'found nothing that tests this project; name a command there'}`,
      `next: ${tmo} run --spec FILE (it asks once whether what the file names may run)`,
    ].join('\n')
  },
})

async function findRoot(folder: string, context: Context): Promise<string> {
  const { env, signal } = context
  const ran = await execute('git', ['-C', folder, 'rev-parse', '--show-toplevel'], {
    cwd: context.cwd,
    env,
    signal,
  })
  if (ran?.code === 0) return ran.stdout.trimEnd()
  throw new CliError('NOT_A_REPOSITORY', `${folder} is not inside a git repository`, {
    hint: `git init ${folder}, or name another with --project DIR`,
  })
}

async function look(root: string, context: Context): Promise<FoundSettings> {
  const [agent, ...otherAgents] = await listInstalled(context)
  const verify = await findVerify((name) => readIfThere(join(root, name)))
  const head = await gitLines(root, ['symbolic-ref', '--short', '--quiet', 'HEAD'], context)
  return {
    ...(agent !== undefined && { agent }),
    otherAgents,
    ...(verify && { verify }),
    ...(head[0] !== undefined && { base: head[0] }),
    copy: await listCopied(root, context),
  }
}

/** Files by these names that git ignores; a folder (`.env` of Python) is none. */
async function listCopied(root: string, context: Context): Promise<readonly string[]> {
  const argv = [
    'ls-files',
    '--others',
    '--ignored',
    '--exclude-standard',
    '--directory',
    '--',
    ...filesCopied,
  ]
  const found = await gitLines(root, argv, context)
  return found.filter((name) => filesCopied.includes(name))
}

async function gitLines(root: string, argv: readonly string[], context: Context): Promise<readonly string[]> {
  const { env, signal } = context
  const ran = await execute('git', ['-C', root, ...argv], { cwd: root, env, signal })
  return ran?.code === 0 ? ran.stdout.split('\n').filter((line) => line !== '') : []
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'EISDIR')) return undefined
    throw error
  }
}

/** Only in a folder of the repository itself, and never in the place of a file. */
async function writeSettings(root: string, text: string, tmo: string): Promise<string> {
  const folder = join(root, '.tmo')
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error
    throw new CliError('FAILED', `${folder} is no folder; nothing was written`, { hint: 'make it one' })
  })
  if (!(await lstat(folder)).isDirectory())
    throw new CliError('FAILED', `${folder} is a link; nothing was written`, { hint: 'make it a folder' })
  const file = join(folder, 'config.yaml')
  try {
    await writeOnce(file, text)
    return file
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
    throw new CliError('ALREADY_THERE', `${file} is there already; nothing was written`, {
      hint: `${tmo} config show says what holds`,
      cause: error,
    })
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
