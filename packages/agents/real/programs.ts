import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** A real program, and how it is made to start without asking a human, far from the user's own settings. */
export interface RealProgram {
  /** For `adapterFor`. */
  readonly name: string
  readonly version: string
  /** The folder that holds its command. */
  readonly bin: string
  readonly isHere: boolean
  /** Writes its settings into an empty home. */
  seed(place: Place): Promise<void>
  /** Its environment, besides PATH, HOME and the terminal's. */
  env(place: Place): Readonly<Record<string, string>>
}

export interface Place {
  readonly home: string
  /** The repository it works in. */
  readonly project: string
  /** The model server's address. */
  readonly url: string
}

const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
const agents = process.env['TEST_AGENTS'] || join(cache, 'tmux-orchestrator', 'agents')

function at(name: string, packageName: string, version: string): Omit<RealProgram, 'seed' | 'env'> {
  const bin = join(agents, `${packageName}@${version}`, 'node_modules', '.bin')
  return { name, version, bin, isHere: existsSync(join(bin, name)) }
}

/** Of no worth anywhere. */
const dummyKey = 'sk-ant-dummy-0123456789abcdefghijklmnop'

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
      await mkdir(join(home, 'tmp'))
      await writeFile(join(home, '.claude.json'), JSON.stringify(config), { mode: 0o600 })
    },
    env: ({ home, url }) => ({
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: dummyKey,
      DISABLE_TELEMETRY: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_MAX_RETRIES: '1',
      CLAUDE_CODE_TMPDIR: join(home, 'tmp'),
      TMPDIR: join(home, 'tmp'),
    }),
  }
}

export const claudes: readonly RealProgram[] = [claude('2.1.197'), claude('2.1.330')]

/** A slice takes minutes and shows that it works; the whole shows that it works each time. */
export const isSlice: boolean = process.env['TMO_SLICE'] !== undefined
