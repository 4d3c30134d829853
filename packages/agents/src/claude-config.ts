import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Problem } from './adapter.ts'
import type { ClaudePaths } from './claude-paths.ts'
import { AgentsError } from './errors.ts'
import { backUp, readText, sizeOf, writeWhole } from './files.ts'
import type { Environment } from './find-program.ts'
import { isObject, type JsonObject, parseObject } from './json.ts'

/**
 * What would make Claude Code ask a human when it starts. Of secrets only the presence is looked at; the end of an API
 * key is compared with the ends that Claude Code itself keeps as approved.
 */
export async function findProblems(
  paths: ClaudePaths,
  env: Environment,
  project: string | undefined,
): Promise<readonly Problem[]> {
  const text = await readText(paths.config)
  const config = text.status === 'read' ? parseObject(text.value) : {}
  if (text.status === 'unreadable' || !config) {
    return [
      {
        what: `${paths.config} cannot be read as JSON`,
        remedy: 'Run `claude` once by hand; it repairs its settings.',
      },
    ]
  }
  return [
    ...onboardingProblems(config),
    ...(await loginProblems(paths, env, config)),
    ...(project === undefined ? [] : await trustProblems(config, project)),
  ]
}

function onboardingProblems(config: JsonObject): readonly Problem[] {
  if (config['hasCompletedOnboarding'] === true) return []
  return [
    {
      what: 'Claude Code was never set up on this machine',
      remedy: 'Run `claude` once and answer its questions.',
    },
  ]
}

const tokens = [
  'ANTHROPIC_AUTH_TOKEN',
  'CLAUDE_CODE_OAUTH_TOKEN',
  'CLAUDE_CODE_USE_BEDROCK',
  'CLAUDE_CODE_USE_VERTEX',
]

async function loginProblems(
  paths: ClaudePaths,
  env: Environment,
  config: JsonObject,
): Promise<readonly Problem[]> {
  if (tokens.some((name) => env[name])) return []
  const key = env['ANTHROPIC_API_KEY']
  if (key) return keyProblems(config, key)
  if (isObject(config['oauthAccount']) || (await hasKeyHelper(paths))) return []
  const credentials = await sizeOf(join(paths.folder, '.credentials.json'))
  if (credentials.status === 'read' && credentials.value > 2) return []
  return [
    { what: 'Claude Code is not logged in', remedy: 'Run `claude` and log in, or set ANTHROPIC_API_KEY.' },
  ]
}

function keyProblems(config: JsonObject, key: string): readonly Problem[] {
  const responses = isObject(config['customApiKeyResponses']) ? config['customApiKeyResponses'] : {}
  const approved = responses['approved']
  if (Array.isArray(approved) && approved.includes(key.slice(-20))) return []
  return [
    {
      what: 'Claude Code has not been allowed to use ANTHROPIC_API_KEY',
      remedy: 'Run `claude` once and answer Yes to the key.',
    },
  ]
}

async function hasKeyHelper(paths: ClaudePaths): Promise<boolean> {
  const text = await readText(join(paths.folder, 'settings.json'))
  return text.status === 'read' && typeof parseObject(text.value)?.['apiKeyHelper'] === 'string'
}

async function trustProblems(config: JsonObject, project: string): Promise<readonly Problem[]> {
  const projects = isObject(config['projects']) ? config['projects'] : {}
  const entry = projects[await realpath(project)]
  if (isObject(entry) && entry['hasTrustDialogAccepted'] === true) return []
  return [
    {
      what: `Claude Code has not been told to trust ${project}`,
      remedy: `Run \`claude\` in ${project} once and trust it, or give --trust.`,
      consent: 'trust',
    },
  ]
}

/**
 * Notes that the user trusts a repository, as Claude Code's own dialog does; everything else in its settings stays, and
 * the file as it was is kept beside it.
 *
 * @throws AgentsError `CONFIG_UNREADABLE` when the settings are not JSON; they are left as they are
 */
export async function trustProject(paths: ClaudePaths, project: string): Promise<void> {
  const text = await readText(paths.config)
  const config = text.status === 'absent' ? {} : text.status === 'read' ? parseObject(text.value) : undefined
  if (!config) {
    throw new AgentsError('CONFIG_UNREADABLE', `cannot note trust: ${paths.config} cannot be read as JSON`, {
      details: { path: paths.config },
      hint: 'Run `claude` once by hand; it repairs its settings.',
    })
  }
  const root = await realpath(project)
  const projects = isObject(config['projects']) ? config['projects'] : {}
  const entry = isObject(projects[root]) ? projects[root] : {}
  const changed = { ...config, projects: { ...projects, [root]: { ...entry, hasTrustDialogAccepted: true } } }
  await backUp(paths.config)
  await writeWhole(paths.config, `${JSON.stringify(changed, null, 2)}\n`, 0o600)
}
