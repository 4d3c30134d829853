import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, TomlError } from 'smol-toml'
import type { Problem } from './adapter.ts'
import { AgentsError } from './errors.ts'
import { backUp, readText, sizeOf, writeWhole } from './files.ts'
import type { Environment } from './find-program.ts'
import { isObject, type JsonObject } from './json.ts'
import { mainWorktree } from './linked-git.ts'

/** What would make Codex ask a human when it starts. */
export async function codexProblems(
  home: string,
  env: Environment,
  project: string | undefined,
): Promise<readonly Problem[]> {
  const config = await readConfig(home)
  if (!config) {
    return [
      {
        what: `${configPath(home)} cannot be read as TOML`,
        remedy: 'Correct it; `codex doctor` says where.',
      },
    ]
  }
  return [
    ...(await loginProblems(home, env, config)),
    ...(project === undefined ? [] : await trustProblems(config, project)),
  ]
}

function configPath(home: string): string {
  return join(home, 'config.toml')
}

async function readConfig(home: string): Promise<JsonObject | undefined> {
  const text = await readText(configPath(home))
  if (text.status === 'absent') return {}
  if (text.status === 'unreadable') return undefined
  try {
    const config: unknown = parse(text.value)
    return isObject(config) ? config : undefined
  } catch (error) {
    if (error instanceof TomlError) return undefined
    throw error
  }
}

/** What the user's own settings leave writable in its sandbox. */
export async function ownWritableRoots(home: string): Promise<readonly string[]> {
  const table = (await readConfig(home))?.['sandbox_workspace_write']
  const roots = isObject(table) ? table['writable_roots'] : undefined
  return Array.isArray(roots) ? roots.filter((root): root is string => typeof root === 'string') : []
}

/** A provider of the user's own needs no login at OpenAI; of its key only the presence is looked at. */
async function loginProblems(
  home: string,
  env: Environment,
  config: JsonObject,
): Promise<readonly Problem[]> {
  const name = config['model_provider']
  const providers = isObject(config['model_providers']) ? config['model_providers'] : {}
  const provider = typeof name === 'string' ? providers[name] : undefined
  if (isObject(provider)) {
    const key = provider['env_key']
    if (typeof key !== 'string' || env[key]) return []
    return [{ what: `${key} is not set, which Codex needs for ${String(name)}`, remedy: `Set ${key}.` }]
  }
  const login = await sizeOf(join(home, 'auth.json'))
  if (login.status === 'read' && login.value > 2) return []
  return [{ what: 'Codex is not logged in', remedy: 'Run `codex login`, or `codex login --with-api-key`.' }]
}

/** Whether the user's settings trust a worktree, by its own path or by that of its main worktree. */
export async function trustsWorktree(home: string, cwd: string): Promise<boolean> {
  const config = await readConfig(home)
  const main = await mainWorktree(cwd)
  const places = [cwd, ...(main === undefined ? [] : [main])]
  const roots = await Promise.all(places.map((place) => realpath(place).catch(() => place)))
  return config !== undefined && roots.some((root) => trustOf(config, root) === 'trusted')
}

async function trustProblems(config: JsonObject, project: string): Promise<readonly Problem[]> {
  const root = await realpath(project)
  if (trustOf(config, root) === 'trusted') return []
  return [
    {
      what: `Codex has not been told to trust ${project}`,
      remedy: `Run \`codex\` in ${project} once and trust it, or give --trust.`,
      consent: 'trust',
    },
  ]
}

function trustOf(config: JsonObject, root: string): unknown {
  const projects = isObject(config['projects']) ? config['projects'] : {}
  const entry = projects[root]
  return isObject(entry) ? entry['trust_level'] : undefined
}

/**
 * Notes that the user trusts a repository: one table at the end of Codex's settings, which stay as they are otherwise.
 * The file as it was is kept beside it.
 *
 * @throws AgentsError `CONFIG_UNREADABLE` when the settings are no TOML, or already say otherwise of the repository
 */
export async function trustCodexProject(home: string, project: string): Promise<void> {
  const path = configPath(home)
  const root = await realpath(project)
  const config = await readConfig(home)
  const level = config && trustOf(config, root)
  if (level === 'trusted') return
  if (!config || level !== undefined) {
    const why = config ? `it says ${String(level)} of ${root}` : 'it cannot be read as TOML'
    throw new AgentsError('CONFIG_UNREADABLE', `cannot note trust in ${path}: ${why}`, {
      details: { path },
      hint: 'Change it by hand.',
    })
  }
  await backUp(path)
  const text = await readText(path)
  const before = text.status === 'read' ? text.value.replace(/\n*$/, '\n\n') : ''
  await writeWhole(
    path,
    `${before.trim() === '' ? '' : before}[projects.${JSON.stringify(root)}]\ntrust_level = "trusted"\n`,
    0o600,
  )
}
