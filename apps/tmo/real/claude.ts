import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Room } from '../e2e/room.ts'

const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
const agents = process.env['TEST_AGENTS'] || join(cache, 'tmux-orchestrator', 'agents')

interface Claude {
  readonly version: string
  readonly bin: string
  readonly isHere: boolean
}

/** The versions that the adapter is tested with. */
export const claudes: readonly Claude[] = ['2.1.197', '2.1.330'].map((version) => {
  const bin = join(agents, `@anthropic-ai/claude-code@${version}`, 'node_modules', '.bin')
  return { version, bin, isHere: existsSync(join(bin, 'claude')) }
})

/** A room with the real Claude Code on its PATH, a user who was set up but trusts no repository, and a model at `url`. */
export async function openClaudeRoom(bin: string, url: string): Promise<Room> {
  const room = new Room()
  const temporary = join(room.folder, 'tmp')
  await mkdir(temporary)
  const settings = {
    hasCompletedOnboarding: true,
    officialMarketplaceAutoInstallAttempted: true,
  }
  await writeFile(settingsOf(room), JSON.stringify(settings), { mode: 0o600 })
  Object.assign(room.env, {
    PATH: `${bin}:${room.env['PATH']}`,
    ANTHROPIC_BASE_URL: url,
    // A subscriber's, of no worth anywhere: only subscribers have limits that end.
    CLAUDE_CODE_OAUTH_TOKEN: 'dummy',
    DISABLE_TELEMETRY: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_TMPDIR: temporary,
    TMPDIR: temporary,
  })
  return room
}

/** Where Claude Code keeps what its user said. */
export const settingsOf = (room: Room): string => join(room.folder, 'user', '.claude.json')

/** A slice leaves out what has to wait for minutes. */
export const isSlice: boolean = process.env['TMO_SLICE'] !== undefined
