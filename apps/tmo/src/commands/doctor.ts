import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import {
  type Command,
  type Context,
  defineCommand,
  type ExitWith,
  exit,
  formatTable,
  UsageError,
} from '@tmux-orchestrator/cli'
import {
  connectDaemon,
  ensureHome,
  isDaemonError,
  version as ownVersion,
  refuseWindowsDrive,
  resolveHome,
} from '@tmux-orchestrator/daemon'
import { checkDatabase, checkDisk } from '../check-database.ts'
import { checkLimits, checkLogout, checkPlatform } from '../check-machine.ts'
import { checkPrograms } from '../check-program.ts'
import { checkSettings } from '../check-settings.ts'
import { checkSockets } from '../check-sockets.ts'
import { commandName } from '../daemon.ts'
import { type Finding, rowsOf } from '../finding.ts'
import { thisMachine } from '../machine.ts'

interface DoctorAnswer {
  readonly ok: boolean
  readonly findings: readonly Finding[]
}

const run = promisify(execFile)

export const doctorCommand: Command = defineCommand({
  name: 'doctor',
  summary: 'Is this machine ready? Each line that is not, with its remedy.',
  description:
    'Exit 3 when something needed is missing. A program that is not ready would ask a human when it starts. One that is watched is of a version that was never tested: it is started and read, and nothing is typed into it.',
  examples: ['tmo doctor', 'tmo doctor --json', 'tmo doctor --project .'],
  options: [
    {
      flag: '--project <dir>',
      description: 'may the agent programs work in this repository without asking?',
    },
  ],
  async run({ options, context }): Promise<DoctorAnswer | ExitWith<DoctorAnswer>> {
    const project = options.project === undefined ? undefined : await rootOf(options.project, context)
    const machine = thisMachine()
    const home = await checkHome(context)
    const settings = project === undefined ? undefined : await checkSettings(context, project)
    const findings = [
      checkPlatform(machine),
      checkNode(),
      await checkTmux(context),
      await checkGit(context),
      await checkIdentity(context),
      home,
      ...(await checkPlace(context, machine.platform)),
      ...checkLimits(machine),
      ...checkLogout(machine),
      checkLocale(context),
      ...(settings ? [settings.finding] : []),
      ...(await checkPrograms(context, project, settings?.values)),
    ]
    const ok = findings.every((finding) => finding.ok || !finding.isNeeded)
    return ok ? { ok, findings } : exit(3, { ok, findings })
  },
  render: ({ findings }: DoctorAnswer) => formatTable(findings.flatMap(rowsOf)),
})

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const ok = major > 20 || (major === 20 && minor >= 19)
  return {
    what: 'Node',
    ok,
    found: process.versions.node,
    remedy: ok ? null : 'install Node 20.19 or newer',
    isNeeded: true,
  }
}

/** The main worktree: that is what a program trusts. */
async function rootOf(folder: string, context: Context): Promise<string> {
  const path = resolve(context.cwd, folder)
  const listed = await versionOf('git', ['-C', path, 'worktree', 'list', '--porcelain'], context)
  const root = /^worktree (.+)$/m.exec(listed ?? '')?.[1]
  if (root !== undefined) return root
  throw new UsageError(`${path} is not inside a git repository`, { hint: 'tmo doctor --project DIR' })
}

async function checkTmux(context: Context): Promise<Finding> {
  const program = context.env['TMO_TMUX'] || 'tmux'
  const version = await versionOf(program, ['-V'], context)
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(version ?? '') ?? []
  const ok = version !== undefined && (Number(major) > 3 || (Number(major) === 3 && Number(minor) >= 2))
  const remedy =
    process.platform === 'darwin'
      ? 'brew install tmux'
      : 'install tmux 3.2 or newer (apt-get install tmux, dnf install tmux)'
  return {
    what: 'tmux',
    ok,
    found: version ?? `${program} is not installed`,
    remedy: ok ? null : remedy,
    isNeeded: true,
  }
}

async function checkGit(context: Context): Promise<Finding> {
  const version = await versionOf('git', ['--version'], context)
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(version ?? '') ?? []
  const ok = version !== undefined && (Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 38))
  return {
    what: 'git',
    ok,
    found: version ?? 'git is not installed',
    remedy: ok ? null : 'install git 2.38 or newer',
    isNeeded: true,
  }
}

/** Agents commit as who the user is to git; without that their first commit fails. */
async function checkIdentity(context: Context): Promise<Finding> {
  const who = await versionOf('git', ['var', 'GIT_AUTHOR_IDENT'], context)
  const ok = who !== undefined
  return {
    what: 'git identity',
    ok,
    found: who?.replace(/ \d+ [+-]\d+$/, '') ?? 'git does not know who commits',
    remedy: ok ? null : 'git config --global user.name NAME; git config --global user.email ADDRESS',
    isNeeded: false,
  }
}

async function versionOf(
  program: string,
  argv: readonly string[],
  context: Context,
): Promise<string | undefined> {
  try {
    const { stdout } = await run(program, [...argv], {
      timeout: 10_000,
      env: { ...context.env } as NodeJS.ProcessEnv,
    })
    return stdout.trim()
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
}

async function checkHome(context: Context): Promise<Finding> {
  const home = resolveHome(context.env)
  try {
    refuseWindowsDrive(home)
    if (existsSync(home)) ensureHome(home)
    return { what: 'home', ok: true, found: home, remedy: null, isNeeded: true }
  } catch (error) {
    if (!isDaemonError(error)) throw error
    return { what: 'home', ok: false, found: error.message, remedy: error.hint ?? null, isNeeded: true }
  }
}

/** What the environment chooses; what it cannot choose is one line. */
async function checkPlace(context: Context, platform: NodeJS.Platform): Promise<readonly Finding[]> {
  try {
    return [
      await checkDatabase(context),
      checkDisk(context),
      checkSockets(context, platform),
      await checkDaemon(context),
    ]
  } catch (error) {
    if (!isDaemonError(error, 'BAD_ARGUMENT')) throw error
    return [{ what: 'daemon', ok: false, found: error.message, remedy: error.hint ?? null, isNeeded: true }]
  }
}

async function checkDaemon(context: Context): Promise<Finding> {
  const line = { what: 'daemon', isNeeded: false }
  const tmo = commandName(context)
  try {
    await using client = await connectDaemon({ env: context.env, signal: context.signal })
    const { pid, version } = client.daemon
    const ok = version === ownVersion
    const found = `pid ${pid}, version ${version}${ok ? '' : `, and this tmo comes with ${ownVersion}`}`
    return { ...line, ok, found, remedy: ok ? null : `${tmo} restart; teams go on` }
  } catch (error) {
    if (isDaemonError(error, 'NOT_RUNNING'))
      return { ...line, ok: true, found: 'not running; a run starts it', remedy: null }
    const isSilent = isDaemonError(error, 'TIMEOUT') || isDaemonError(error, 'PROTOCOL_MISMATCH')
    if (!isSilent) throw error
    return { ...line, ok: false, found: error.message, remedy: error.hint ?? `${tmo} restart` }
  }
}

function checkLocale(context: Context): Finding {
  const locale = context.env['LC_ALL'] || context.env['LC_CTYPE'] || context.env['LANG'] || 'none'
  const ok = /utf-?8/i.test(locale)
  const remedy = 'export LANG=C.UTF-8 (our own tmux server uses UTF-8 in any case)'
  return { what: 'locale', ok, found: locale, remedy: ok ? null : remedy, isNeeded: false }
}
