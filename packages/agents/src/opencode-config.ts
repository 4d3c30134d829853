import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Problem } from './adapter.ts'
import { readText, sizeOf } from './files.ts'
import type { Environment } from './find-program.ts'
import { isObject, parseObject } from './json.ts'

const keys = [
  'ANTHROPIC_API_KEY',
  'OPENAI_API_KEY',
  'GEMINI_API_KEY',
  'GOOGLE_GENERATIVE_AI_API_KEY',
  'OPENROUTER_API_KEY',
  'GITHUB_TOKEN',
  'AWS_PROFILE',
  'OPENCODE_API_KEY',
]

/** What keeps opencode from working: it starts without a provider, and then can do nothing. It asks no trust. */
export async function opencodeProblems(env: Environment): Promise<readonly Problem[]> {
  if (keys.some((key) => env[key]) || env['OPENCODE_CONFIG'] || env['OPENCODE_CONFIG_CONTENT']) return []
  const home = env['HOME'] || homedir()
  const login = await sizeOf(
    join(env['XDG_DATA_HOME'] || join(home, '.local', 'share'), 'opencode', 'auth.json'),
  )
  if (login.status === 'read' && login.value > 2) return []
  const folder = join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'opencode')
  for (const name of ['opencode.json', 'opencode.jsonc', 'config.json']) {
    const text = await readText(join(folder, name))
    if (text.status !== 'read') continue
    const config = parseObject(text.value)
    if (config ? isObject(config['provider']) : /"provider"\s*:/.test(text.value)) return []
  }
  return [
    { what: 'opencode has no provider', remedy: 'Run `opencode auth login`, or set the key of a provider.' },
  ]
}
