import { existsSync, statSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'

/** A real program, and how it is made to start without asking a human, far from the user's own settings. */
export interface RealProgram {
  /** For `adapterFor`. */
  readonly name: string
  readonly version: string
  /** The folder that holds its command. */
  readonly bin: string
  readonly isHere: boolean
  /** Where its room is, when it takes our settings only from below folders that nobody else may write into. */
  readonly roomsIn?: string
  /** Writes its settings into an empty home. */
  seed(place: Place): Promise<void>
  /** Its environment, besides PATH, HOME and the terminal's. */
  env(place: Place): Readonly<Record<string, string>>
  /** How it is started by hand, with a prompt, so that it asks for nothing. */
  argv(prompt: string): readonly string[]
  /** The permission mode in which it asks before it does what it is told to. */
  readonly askingMode: string
  /** The permission mode in which it runs a harmless command without asking. */
  readonly freeMode: string
  /** How often in a row Escape is pressed to stop it. */
  readonly stopPresses: number
  /** What makes it ask whether it may make a file. */
  asking(file: string): string
}

export interface Place {
  readonly home: string
  /** What it has for TMPDIR: it is killed before it would remove what it wrote there, as opencode's 19 MB of libraries. */
  readonly temporary: string
  /** The repository it works in. */
  readonly project: string
  /** The model server's address. */
  readonly url: string
}

const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
const ours = join(cache, 'tmux-orchestrator')
const othersMayWrite = 0o022

/** Whether nobody else may write into a folder, nor into one above it. */
function isOurs(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(at) && (statSync(at).mode & othersMayWrite) !== 0) return false
    if (at === dirname(at)) return true
  }
}

/** A home below /tmp, as a test of a new machine has it, is none of ours alone. */
const ownRooms = [ours, join(userInfo().homedir, '.cache', 'tmux-orchestrator')].find(isOurs) ?? ours
const agents = process.env['TEST_AGENTS'] || join(ours, 'agents')

function at(
  name: string,
  packageName: string,
  version: string,
): Pick<RealProgram, 'name' | 'version' | 'bin' | 'isHere'> {
  const bin = join(agents, `${packageName}@${version}`, 'node_modules', '.bin')
  return { name, version, bin, isHere: existsSync(join(bin, name)) }
}

/** Of no worth anywhere. */
const dummyKey = 'sk-ant-dummy-0123456789abcdefghijklmnop'

const touch = (file: string): string => `<<bash touch ${file}>>`

function claude(version: string): RealProgram {
  return {
    ...at('claude', '@anthropic-ai/claude-code', version),
    seed: async ({ home, project }) => {
      const config = {
        hasCompletedOnboarding: true,
        customApiKeyResponses: { approved: [dummyKey.slice(-20)], rejected: [] },
        projects: { [project]: { hasTrustDialogAccepted: true } },
        hasSeenAutoDefaultNotice: true,
        officialMarketplaceAutoInstallAttempted: true,
      }
      await writeFile(join(home, '.claude.json'), JSON.stringify(config), { mode: 0o600 })
    },
    env: ({ temporary, url }) => ({
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: dummyKey,
      DISABLE_TELEMETRY: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_MAX_RETRIES: '1',
      // it makes /tmp/claude-<uid> whatever TMPDIR says
      CLAUDE_CODE_TMPDIR: temporary,
    }),
    argv: (prompt) => ['claude', '--permission-mode', 'default', '--allowedTools', 'Bash', '--', prompt],
    askingMode: 'default',
    freeMode: 'acceptEdits',
    stopPresses: 1,
    asking: touch,
  }
}

const codex: RealProgram = {
  ...at('codex', '@openai/codex', '0.169.0'),
  seed: async ({ home, project, url }) => {
    const config = [
      'model_provider = "simulated"',
      'model = "gpt-5.5"',
      'check_for_update_on_startup = false',
      '[model_providers.simulated]',
      'name = "simulated"',
      `base_url = "${url}/v1"`,
      'wire_api = "responses"',
      'env_key = "SIMULATED_KEY"',
      'request_max_retries = 2',
      'stream_max_retries = 2',
      `[projects."${project}"]`,
      'trust_level = "trusted"',
      '[analytics]',
      'enabled = false',
      '[features]',
      'daemon_auto_start = false',
      '[notice.model_migrations]',
      '"gpt-5.5" = "gpt-6-sol"',
    ]
    await mkdir(join(home, '.codex'))
    await writeFile(join(home, '.codex', 'config.toml'), `${config.join('\n')}\n`)
  },
  env: () => ({ SIMULATED_KEY: dummyKey }),
  argv: (prompt) => ['codex', '--dangerously-bypass-approvals-and-sandbox', prompt],
  askingMode: 'on-request',
  freeMode: 'on-request',
  stopPresses: 1,
  asking: (file) => `<<escalate touch ${file}>>`,
}

const opencode: RealProgram = {
  ...at('opencode', 'opencode-ai', '1.18.33'),
  seed: async ({ home, url }) => {
    const provider = {
      npm: '@ai-sdk/openai-compatible',
      options: { baseURL: `${url}/v1`, apiKey: dummyKey },
      models: { simulated: { name: 'simulated', limit: { context: 200_000, output: 8_000 } } },
    }
    const folder = join(home, '.config', 'opencode')
    await mkdir(folder, { recursive: true })
    const config = { model: 'simulated/simulated', provider: { simulated: provider } }
    await writeFile(join(folder, 'opencode.json'), JSON.stringify(config))
  },
  env: () => ({
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
  }),
  argv: (prompt) => ['opencode', '--prompt', prompt],
  askingMode: 'ask',
  freeMode: 'default',
  stopPresses: 2,
  asking: touch,
}

const gemini: RealProgram = {
  ...at('gemini', '@google/gemini-cli', '0.61.0'),
  roomsIn: ownRooms,
  seed: async ({ home }) => {
    const settings = {
      security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: false } },
      general: { disableAutoUpdate: true },
      privacy: { usageStatisticsEnabled: false },
    }
    await mkdir(join(home, '.gemini'))
    await writeFile(join(home, '.gemini', 'settings.json'), JSON.stringify(settings))
  },
  env: ({ url }) => ({ GEMINI_API_KEY: dummyKey, GOOGLE_GEMINI_BASE_URL: url }),
  argv: (prompt) => ['gemini', '--approval-mode', 'yolo', '--prompt-interactive', prompt],
  askingMode: 'default',
  freeMode: 'yolo',
  stopPresses: 1,
  asking: touch,
}

export const claudes: readonly RealProgram[] = [claude('2.1.197'), claude('2.1.330')]

export const programs: readonly RealProgram[] = [...claudes, codex, opencode, gemini]

/** A slice takes minutes and shows that it works; the whole shows that it works each time. */
export const isSlice: boolean = process.env['TMO_SLICE'] !== undefined

/**
 * What long tests are run with: every program in the whole, two of them in a slice, by the day, so that the days together
 * cover all.
 */
export const programsOfTheDay: readonly RealProgram[] = ofTheDay(programs, 2)

/** All of them in the whole; in a slice so many, by the day. */
export function ofTheDay<T>(all: readonly T[], count = 1): readonly T[] {
  if (!isSlice) return all
  const first = Math.floor(Date.now() / 86_400_000) * count
  return all.filter((_, index) => (index - (first % all.length) + all.length) % all.length < count)
}
