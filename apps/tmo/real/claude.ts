import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Room } from '../e2e/room.ts'
import { type Bin, binOf, isSlice } from './bins.ts'

const versions = ['2.1.197', '2.1.330']
const day = Math.floor(Date.now() / 86_400_000)

/** The versions that the adapter is tested with; a slice has one of them, by the day. */
export const claudes: readonly Bin[] = versions
  .filter((_, index) => !isSlice || index === day % versions.length)
  .map((version) => binOf('@anthropic-ai/claude-code', version, 'claude'))

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
