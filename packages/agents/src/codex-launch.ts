import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { LaunchChoices, LaunchPlan, LaunchRequest } from './adapter.ts'
import { isServerWanted, verbServer, verbServerName, verbVariables } from './agent-verbs.ts'
import { ownWritableRoots, trustsWorktree } from './codex-config.ts'
import { codexHookSettings } from './codex-hooks.ts'
import { codexPane, forgetServer } from './codex-pane.ts'
import { codexHome } from './codex-paths.ts'
import { forgetHandedOver } from './codex-send.ts'
import { AgentsError } from './errors.ts'
import { readText, writeWhole } from './files.ts'
import type { Environment } from './find-program.ts'
import { briefing, checkOptions, chosen, launchEnv } from './launch.ts'
import { linkedGitFolders } from './linked-git.ts'

const approvals = ['on-request', 'never'] as const
const sandboxes = ['read-only', 'workspace-write', 'danger-full-access'] as const

/** Nothing that asks at start, and no server that outlives the pane. */
const quiet = [
  'check_for_update_on_startup=false',
  // a login shell sets PATH anew, and `tmo` is no longer on it
  'allow_login_shell=false',
  'features.daemon_auto_start=false',
  'notice.model_migrations={"gpt-5.5"="gpt-6-sol"}',
]

/** Says how to start Codex and its server; all settings travel in argv, the user's own files stay as they are. */
export async function planCodex(
  path: string,
  request: LaunchRequest,
  env: Environment,
  resumed: string | undefined,
): Promise<LaunchPlan> {
  const { briefed, argument } = briefing(request)
  const { approval, sandbox } = chooseForCodex(request)
  await mkdir(request.stateDir, { recursive: true, mode: 0o700 })
  const hooks = await codexHookSettings(request.stateDir)
  const roots = sandbox === 'workspace-write' ? await rootSettings(request, env) : []
  const common = asArguments([...quiet, ...serverSettings(request), ...hooks])
  const allowed = ['--ask-for-approval', approval, '--sandbox', sandbox]
  const isNew = request.mode === 'new'
  const settings = {
    common,
    server: asArguments([`approval_policy="${approval}"`, `sandbox_mode="${sandbox}"`, ...roots]),
    alone: [...asArguments(roots), ...(isNew ? [] : allowed)],
  }
  // a client is not told what a conversation that goes on may do
  const words = [...resumeArgument(request, resumed), ...common, ...(isNew ? allowed : [])]
  if (request.model !== undefined) words.push('--model', request.model)
  const all = [...words, ...argument]
  await forgetServer(request.stateDir)
  const argv = (await isServed(request, approval, env))
    ? await codexPane(request.stateDir, path, settings, all)
    : [path, ...all, '--no-daemon', ...settings.alone]
  await forgetHandedOver(request.stateDir)
  const home = env['CODEX_HOME']
  return {
    argv,
    env: { ...launchEnv(request, env), ...(home && { CODEX_HOME: home }) },
    briefed,
  }
}

/**
 * When it asks, and what its commands may touch.
 *
 * @throws AgentsError `BAD_OPTION`
 */
export function chooseForCodex(choices: LaunchChoices): {
  readonly approval: (typeof approvals)[number]
  readonly sandbox: (typeof sandboxes)[number]
} {
  checkOptions('codex', choices, ['sandbox', 'mcp'])
  isServerWanted('codex', choices)
  return {
    approval: chosen('codex', 'permission mode', choices.permissionMode, approvals, 'on-request'),
    sandbox: chosen('codex', 'sandbox', choices.options?.['sandbox'], sandboxes, 'workspace-write'),
  }
}

/**
 * As a client of a server Codex does not ask whether it may work in a folder that nobody has trusted, and goes on with a conversation
 * as it was allowed to before; alone it does as it is told.
 */
async function isServed(request: LaunchRequest, approval: string, env: Environment): Promise<boolean> {
  const note = join(request.stateDir, 'codex-approval')
  const before = await readText(note)
  const isAsBefore = before.status === 'read' && before.value === approval
  // whether what is planned here ever starts is not known: nothing is held for what a conversation may do any more
  await writeWhole(note, request.mode === 'new' || isAsBefore ? approval : '', 0o600)
  return (request.mode === 'new' || isAsBefore) && (await trustsWorktree(codexHome(env), request.cwd))
}

function asArguments(settings: readonly string[]): readonly string[] {
  return settings.flatMap((line) => ['-c', line])
}

function resumeArgument(request: LaunchRequest, resumed: string | undefined): readonly string[] {
  if (request.mode === 'new') return []
  if (resumed !== undefined) return ['resume', resumed]
  throw new AgentsError('NO_CONVERSATION', `codex has no conversation for ${request.conversationId}`, {
    details: { conversationId: request.conversationId },
    hint: 'Start a new one.',
  })
}

/** It hands a server only the variables that are named; naming them keeps the secret out of argv. */
function serverSettings(request: LaunchRequest): readonly string[] {
  const server = verbServer('codex', request)
  if (!server) return []
  const key = `mcp_servers.${verbServerName}`
  return [
    `${key}.command=${JSON.stringify(server.command)}`,
    `${key}.args=${JSON.stringify(server.args)}`,
    `${key}.env_vars=${JSON.stringify(verbVariables)}`,
    `${key}.default_tools_approval_mode="approve"`,
  ]
}

/**
 * What its sandbox has to leave writable besides the worktree: the parts of the git directory that commits write to, and the
 * folder in which verbs are kept, since it lets no command reach the daemon's socket. The user's own roots stay.
 */
async function rootSettings(request: LaunchRequest, env: Environment): Promise<readonly string[]> {
  const home = request.env['TMO_HOME']
  const roots = [
    ...(await ownWritableRoots(codexHome(env))),
    ...(await linkedGitFolders(request.cwd)),
    ...(home === undefined ? [] : [join(home, 'spool')]),
  ]
  return roots.length === 0 ? [] : [`sandbox_workspace_write.writable_roots=${JSON.stringify(roots)}`]
}
