import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '@tmux-orchestrator/cli'

/** Where a project keeps its spec when nobody says so, relative to the folder that is named. */
const folders = ['.', 'docs']

/** `spec.md`, however it is spelled; two of them are a choice that is not ours. */
export async function findSpec(project: string): Promise<string> {
  const lists = await Promise.all(folders.map((folder) => listSpecs(join(project, folder))))
  const [only, ...others] = lists.flat()
  if (only !== undefined && others.length === 0) return only
  const why = only === undefined ? `there is no spec.md in ${project}` : 'there is more than one spec.md'
  throw new UsageError(`${why}: say which spec with --spec`, {
    code: 'MISSING_VALUE',
    hint: only === undefined ? 'write one, as the README shows, or: --spec FILE' : `--spec ${only}`,
  })
}

async function listSpecs(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder))
      .filter((name) => /^spec\.md$/i.test(name))
      .map((name) => join(folder, name))
  } catch (error) {
    // The plan says what is wrong with the folder itself.
    if (error instanceof Error && 'code' in error) return []
    throw error
  }
}
