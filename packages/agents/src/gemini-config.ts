import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Problem } from './adapter.ts'
import { AgentsError } from './errors.ts'
import { backUp, readText, sizeOf, writeWhole } from './files.ts'
import type { Environment } from './find-program.ts'
import { type GeminiPaths, mainWorktree } from './gemini-paths.ts'
import { isObject, type JsonObject, parseObject } from './json.ts'

/** Settings as they are, `{}` when there are none, undefined when they are no JSON. */
export async function readSettings(path: string): Promise<JsonObject | undefined> {
  const text = await readText(path)
  if (text.status === 'absent') return {}
  return text.status === 'read' ? parseObject(text.value) : undefined
}

/** A value deep in settings: `security.auth.selectedType`. */
function deep(settings: JsonObject, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), settings)
}

/** What would make Gemini CLI ask a human when it starts. */
export async function geminiProblems(
  paths: GeminiPaths,
  env: Environment,
  project: string | undefined,
): Promise<readonly Problem[]> {
  const settings = await readSettings(paths.settings)
  if (!settings) return [{ what: `${paths.settings} cannot be read as JSON`, remedy: 'Correct it by hand.' }]
  return [
    ...(await loginProblems(paths, env, settings)),
    ...(project === undefined ? [] : await trustProblems(paths, settings, project)),
  ]
}

async function loginProblems(
  paths: GeminiPaths,
  env: Environment,
  settings: JsonObject,
): Promise<readonly Problem[]> {
  const way = deep(settings, 'security.auth.selectedType')
  if (env['GEMINI_API_KEY'] && (way === undefined || way === 'gemini-api-key')) return []
  if (way === 'gemini-api-key' || way === undefined) {
    const remedy = 'Run `gemini` once and log in, or set GEMINI_API_KEY.'
    return way === undefined || !(await hasStoredKey(paths))
      ? [{ what: 'Gemini CLI is not logged in', remedy }]
      : []
  }
  if (way !== 'oauth-personal') return []
  const login = await sizeOf(`${paths.folder}/oauth_creds.json`)
  if (login.status === 'read' && login.value > 2) return []
  return [{ what: 'Gemini CLI is not logged in', remedy: 'Run `gemini` once and log in with Google.' }]
}

async function hasStoredKey(paths: GeminiPaths): Promise<boolean> {
  const text = await readText(`${paths.folder}/.env`)
  return text.status === 'read' && /^\s*GEMINI_API_KEY\s*=\s*\S/m.test(text.value)
}

async function trustProblems(
  paths: GeminiPaths,
  settings: JsonObject,
  project: string,
): Promise<readonly Problem[]> {
  if (await isTrustedFolder(paths, settings, project)) return []
  return [
    {
      what: `Gemini CLI has not been told to trust ${project}`,
      remedy: `Run \`gemini\` in ${project} once and trust it, or give --trust.`,
      consent: 'trust',
    },
  ]
}

/** Whether the user trusts a folder, one above it, or the repository that it is a worktree of. */
export async function isTrustedFolder(
  paths: GeminiPaths,
  settings: JsonObject,
  folder: string,
): Promise<boolean> {
  if (deep(settings, 'security.folderTrust.enabled') === false) return true
  const trusted = await readSettings(paths.trusted)
  if (!trusted) return false
  for (const root of new Set([await realpath(folder), await realpath(await mainWorktree(folder))])) {
    for (let at = root; ; at = dirname(at)) {
      const level = trusted[at]
      if (level === 'DO_NOT_TRUST') break
      if (level === 'TRUST_FOLDER') return true
      if (at === dirname(at)) break
    }
  }
  return false
}

/**
 * Notes that the user trusts a folder, as Gemini CLI's own dialog does; the file as it was is kept beside it.
 *
 * @throws AgentsError `CONFIG_UNREADABLE` when the list is no JSON, or says otherwise of the folder
 */
export async function trustGeminiFolder(paths: GeminiPaths, project: string): Promise<void> {
  const root = await realpath(project)
  const trusted = await readSettings(paths.trusted)
  if (trusted?.[root] === 'TRUST_FOLDER') return
  if (!trusted || trusted[root] === 'DO_NOT_TRUST') {
    const why = trusted ? `it says that ${root} is not trusted` : 'it cannot be read as JSON'
    throw new AgentsError('CONFIG_UNREADABLE', `cannot note trust in ${paths.trusted}: ${why}`, {
      details: { path: paths.trusted },
      hint: 'Change it by hand, or with /permissions in Gemini CLI.',
    })
  }
  await backUp(paths.trusted)
  await writeWhole(
    paths.trusted,
    `${JSON.stringify({ ...trusted, [root]: 'TRUST_FOLDER' }, null, 2)}\n`,
    0o600,
  )
}
