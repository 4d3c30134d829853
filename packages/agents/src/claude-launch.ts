import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { LaunchChoices, LaunchPlan, LaunchRequest } from './adapter.ts'
import { gitCommands, isServerWanted, verbCommands, verbServer, verbServerName } from './agent-verbs.ts'
import { writeHooks } from './claude-hooks.ts'
import { AgentsError } from './errors.ts'
import { writeWhole } from './files.ts'
import type { Environment } from './find-program.ts'
import { briefing, checkOptions, launchEnv } from './launch.ts'

const permissionModes: readonly string[] = [
  'default',
  'acceptEdits',
  'auto',
  'bypassPermissions',
  'dontAsk',
  'plan',
]

/** Edits in its own worktree need no question; the agents' verbs and commits are allowed below. */
const defaultMode = 'acceptEdits'

const allowed = [
  ...[...verbCommands, ...gitCommands].map((command) => `Bash(${command}:*)`),
  `mcp__${verbServerName}`,
]

/** Keeps the scrollback in tmux, and the program as it is while it runs. */
const additions = { CLAUDE_CODE_DISABLE_ALTERNATE_SCREEN: '1', DISABLE_AUTOUPDATER: '1' }

/** Writes the settings and hooks of one agent and says how to start it. */
export async function planClaude(
  path: string,
  request: LaunchRequest,
  env: Environment,
): Promise<LaunchPlan> {
  const mode = chooseForClaude(request, { ...env, ...request.env })
  const { briefed, argument } = briefing(request)
  const settings = await writeSettings(request, mode)
  const servers = await writeServers(request)
  const id = request.mode === 'new' ? '--session-id' : '--resume'
  const appended = request.options?.['append-system-prompt']
  const argv = [
    path,
    id,
    request.conversationId,
    ...servers,
    '--settings',
    settings,
    '--permission-mode',
    mode,
  ]
  if (request.model !== undefined) argv.push('--model', request.model)
  if (appended !== undefined) argv.push('--append-system-prompt', appended)
  const configDir = env['CLAUDE_CONFIG_DIR']
  return {
    argv: [...argv, ...argument],
    env: { ...launchEnv(request, env), ...additions, ...(configDir && { CLAUDE_CONFIG_DIR: configDir }) },
    briefed,
  }
}

/**
 * The permission mode of a launch.
 *
 * @throws AgentsError `BAD_OPTION`
 */
export function chooseForClaude(choices: LaunchChoices, env: Environment): string {
  checkOptions('claude', choices, ['append-system-prompt', 'mcp'])
  isServerWanted('claude', choices)
  const mode = choices.permissionMode ?? defaultMode
  if (!permissionModes.includes(mode)) {
    throw new AgentsError('BAD_OPTION', `claude has no permission mode ${mode}`, {
      details: { permissionMode: mode },
      hint: `It knows: ${permissionModes.join(', ')}.`,
    })
  }
  const isRoot = process.getuid?.() === 0
  const isSandbox = Boolean(env['IS_SANDBOX'])
  if (mode === 'bypassPermissions' && isRoot && !isSandbox) {
    throw new AgentsError('BAD_OPTION', 'claude refuses bypassPermissions as root', {
      details: { permissionMode: mode },
      hint: 'Run as another user, choose another mode, or set IS_SANDBOX=1 in a container that may be damaged.',
    })
  }
  return mode
}

async function writeSettings(request: LaunchRequest, mode: string): Promise<string> {
  await mkdir(request.stateDir, { recursive: true, mode: 0o700 })
  const settings = {
    hooks: await writeHooks(request.stateDir),
    permissions: { allow: allowed },
    // where the user has its sandbox on, that would bar them from the daemon
    sandbox: { excludedCommands: verbCommands.map((command) => `${command}:*`) },
    promptSuggestionEnabled: false,
    ...(mode === 'bypassPermissions' && { skipDangerousModePermissionPrompt: true }),
  }
  const path = join(request.stateDir, 'claude-settings.json')
  await writeWhole(path, `${JSON.stringify(settings, null, 2)}\n`, 0o600)
  return path
}

/** Its own file, so that the user's servers stay; the flag takes several, so that another flag has to follow. */
async function writeServers(request: LaunchRequest): Promise<readonly string[]> {
  const server = verbServer('claude', request)
  if (!server) return []
  const path = join(request.stateDir, 'claude-mcp.json')
  const config = { mcpServers: { [verbServerName]: { type: 'stdio', ...server } } }
  await writeWhole(path, `${JSON.stringify(config, null, 2)}\n`, 0o600)
  return ['--mcp-config', path]
}
