import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { LaunchChoices, LaunchPlan, LaunchRequest } from './adapter.ts'
import {
  gitCommands,
  isServerWanted,
  verbCommands,
  verbServer,
  verbServerName,
  verbVariables,
} from './agent-verbs.ts'
import { writeWhole } from './files.ts'
import type { Environment } from './find-program.ts'
import { isTrustedFolder, readSettings } from './gemini-config.ts'
import { geminiHooks } from './gemini-hooks.ts'
import type { GeminiPaths } from './gemini-paths.ts'
import { isObject, type JsonObject } from './json.ts'
import { briefing, checkOptions, chosen, launchEnv } from './launch.ts'

const modes = ['default', 'auto_edit', 'yolo', 'plan'] as const

/** With fewer colours it draws no frame around its prompt box, and nothing tells the box from a message. */
const additions = { COLORTERM: 'truecolor' }

/** The agents' own commands need no question. */
const policy = [...verbCommands, ...gitCommands]
  .map(
    (command) =>
      `[[rule]]\ntoolName = "run_shell_command"\ncommandPrefix = ${JSON.stringify(command)}\ndecision = "allow"\npriority = 100\n`,
  )
  .join('\n')

/** Writes settings that stand above the user's for this start alone, and says how to start Gemini CLI. */
export async function planGemini(
  path: string,
  request: LaunchRequest,
  env: Environment,
  paths: GeminiPaths,
): Promise<LaunchPlan> {
  const { briefed, argument } = briefing(request)
  const mode = chooseForGemini(request)
  await mkdir(request.stateDir, { recursive: true, mode: 0o700 })
  const own = (await readSettings(paths.settings)) ?? {}
  const settings = join(request.stateDir, 'gemini-settings.json')
  const machine = (await readSettings(paths.system)) ?? {}
  const hooks = await geminiHooks(request.stateDir)
  await writeWhole(
    settings,
    `${JSON.stringify(withServer(settingsOver(machine, own, hooks, env), request), null, 2)}\n`,
    0o600,
  )
  const rules = join(request.stateDir, 'gemini-policy.toml')
  await writeWhole(rules, policy, 0o600)
  const id = request.mode === 'new' ? '--session-id' : '--resume'
  const argv = [path, id, request.conversationId, '--approval-mode', mode, '--policy', rules]
  if (request.model !== undefined) argv.push('--model', request.model)
  if (await isTrustedFolder(paths, own, request.cwd)) argv.push('--skip-trust')
  return {
    argv: [...argv, ...argument.flatMap((brief) => ['--prompt-interactive', brief])],
    env: { ...launchEnv(request, env), ...additions, GEMINI_CLI_SYSTEM_SETTINGS_PATH: settings },
    briefed,
  }
}

/**
 * The approval mode of a launch.
 *
 * @throws AgentsError `BAD_OPTION`
 */
export function chooseForGemini(choices: LaunchChoices): (typeof modes)[number] {
  checkOptions('gemini', choices, ['mcp'])
  isServerWanted('gemini', choices)
  return chosen('gemini', 'permission mode', choices.permissionMode, modes, 'auto_edit')
}

/** The machine's settings with ours over them; its hooks stay. What is pasted names no file and no agent with an @. */
function settingsOver(
  machine: JsonObject,
  own: JsonObject,
  hooks: Readonly<Record<string, readonly unknown[]>>,
  env: Environment,
): JsonObject {
  const part = (name: string): JsonObject => (isObject(machine[name]) ? machine[name] : {})
  const before = part('hooks')
  const merged = Object.fromEntries(
    Object.entries(hooks).map(([event, ours]) => {
      const theirs = before[event]
      return [event, [...(Array.isArray(theirs) ? theirs : []), ...ours]]
    }),
  )
  const security = isObject(own['security']) ? own['security'] : {}
  const isChosen = isObject(security['auth']) && security['auth']['selectedType'] !== undefined
  const auth = env['GEMINI_API_KEY'] && !isChosen ? { auth: { selectedType: 'gemini-api-key' } } : {}
  return {
    ...machine,
    general: { ...part('general'), enableAutoUpdate: false },
    hooks: { ...before, ...merged },
    security: { ...part('security'), ...auth },
    ui: { ...part('ui'), escapePastedAtSymbols: true },
  }
}

/** It hides what looks like a secret from its servers, so that each variable is named; the file holds none of their values. */
function withServer(settings: JsonObject, request: LaunchRequest): JsonObject {
  const server = verbServer('gemini', request)
  if (!server) return settings
  const before = isObject(settings['mcpServers']) ? settings['mcpServers'] : {}
  const env = Object.fromEntries(verbVariables.map((name) => [name, `$${name}`]))
  return { ...settings, mcpServers: { ...before, [verbServerName]: { ...server, env, trust: true } } }
}
