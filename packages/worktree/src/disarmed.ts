import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from './context.ts'
import { unlessAbsent } from './half-made.ts'

/**
 * Settings, as an environment of git, under which no content filter that the repository's own configuration names is started. A
 * file that git cannot know unchanged by its stat data then counts as changed: never the other way round. Filters of the user's
 * and the system's configuration (`git-lfs`) hold.
 */
export async function disarmed(context: Context, gitDir: string): Promise<Readonly<Record<string, string>>> {
  const signature = await signatureOf([join(context.commonDir, 'config'), join(gitDir, 'config.worktree')])
  const known = context.disarmed.get(gitDir)
  if (known?.signature === signature) return known.env
  const env = toEnvironment(await listOwnFilters(context, gitDir))
  context.disarmed.set(gitDir, { signature, env })
  return env
}

async function signatureOf(files: readonly string[]): Promise<string> {
  const stats = await Promise.all(files.map((file) => unlessAbsent(stat(file, { bigint: true }))))
  return stats.map((found) => `${found?.ino} ${found?.mtimeNs} ${found?.size}`).join(' ')
}

async function listOwnFilters(context: Context, gitDir: string): Promise<readonly string[]> {
  const args = ['config', '--show-scope', '--null', '--name-only', '--get-regexp', '^filter\\.']
  const run = { cwd: context.commonDir, gitDir, commonDir: context.commonDir, accept: [0, 1] }
  const fields = (await context.git(args, run)).stdout.split('\0')
  const names = new Set<string>()
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const scope = fields[index]
    const name = /^filter\.([\s\S]+)\.[^.]+$/.exec(fields[index + 1] ?? '')?.[1]
    if (name !== undefined && (scope === 'local' || scope === 'worktree')) names.add(name)
  }
  return [...names]
}

function toEnvironment(filters: readonly string[]): Readonly<Record<string, string>> {
  const settings = filters.flatMap((name) => [
    [`filter.${name}.clean`, ''],
    [`filter.${name}.smudge`, ''],
    [`filter.${name}.process`, ''],
    [`filter.${name}.required`, 'false'],
  ])
  if (settings.length === 0) return {}
  return Object.fromEntries([
    ['GIT_CONFIG_COUNT', String(settings.length)],
    ...settings.flatMap(([key = '', value = ''], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ])
}
