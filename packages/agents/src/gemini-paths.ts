import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Environment } from './find-program.ts'

/** Where Gemini CLI keeps its things. */
export interface GeminiPaths {
  readonly folder: string
  readonly settings: string
  readonly trusted: string
  /** Settings of the machine, which stand above the user's. */
  readonly system: string
}

export function geminiPaths(env: Environment): GeminiPaths {
  const folder = join(env['GEMINI_CLI_HOME'] || env['HOME'] || homedir(), '.gemini')
  return {
    folder,
    settings: join(folder, 'settings.json'),
    trusted: env['GEMINI_CLI_TRUSTED_FOLDERS_PATH'] || join(folder, 'trustedFolders.json'),
    system: env['GEMINI_CLI_SYSTEM_SETTINGS_PATH'] || '/etc/gemini-cli/settings.json',
  }
}

/** The main worktree of a linked one, or the folder itself: consent to a repository holds for its worktrees. */
export async function mainWorktree(cwd: string): Promise<string> {
  try {
    const pointer = /^gitdir: (.*)$/m.exec(await readFile(join(cwd, '.git'), 'utf8'))?.[1]
    if (pointer === undefined) return cwd
    const common = (await readFile(join(resolve(cwd, pointer), 'commondir'), 'utf8')).trim()
    return dirname(resolve(cwd, pointer, common))
  } catch (error) {
    if (error instanceof Error && 'code' in error) return cwd
    throw error
  }
}
