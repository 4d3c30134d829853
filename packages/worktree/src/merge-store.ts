import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Context, inStore } from './context.ts'
import type { GitOptions } from './git.ts'
import { unlessAbsent } from './half-made.ts'
import { withScratch } from './scratch.ts'

/** How git runs for a merge: for a trial, whose objects vanish with it, and to write the repository's own objects. */
export interface MergeStore {
  readonly trial: GitOptions
  readonly write: GitOptions
}

/**
 * Runs `fn` with a git directory that holds nothing but the repository's objects: neither its configuration nor its attributes
 * reach a merge, so that no driver of theirs is started and no `merge=union` resolves a conflict.
 */
export async function withMergeStore<T>(context: Context, fn: (store: MergeStore) => Promise<T>): Promise<T> {
  return withScratch(context, async (folder) => {
    const objects = join(context.commonDir, 'objects')
    await mkdir(join(folder, 'objects'))
    const alternates = { GIT_ALTERNATE_OBJECT_DIRECTORIES: quoteAlternate(objects) }
    const config = await readFile(join(context.commonDir, 'config'), 'utf8')
    // What a partial clone lacks is fetched from the remote that its configuration names.
    if (/^\s*partialclone\b/im.test(config)) {
      const env = { ...alternates, GIT_OBJECT_DIRECTORY: join(folder, 'objects') }
      return await fn({ trial: { ...inStore(context), env }, write: inStore(context) })
    }
    await mkdir(join(folder, 'refs'))
    await writeFile(join(folder, 'HEAD'), 'ref: refs/heads/none\n')
    await writeFile(join(folder, 'config'), bareConfig(/^\s*objectformat\s*=\s*(\w+)/im.exec(config)?.[1]))
    const shallow = join(context.commonDir, 'shallow')
    const env = {
      GIT_ATTR_NOSYSTEM: '1',
      ...((await unlessAbsent(stat(shallow))) === undefined ? {} : { GIT_SHALLOW_FILE: shallow }),
    }
    const run = { cwd: folder, gitDir: folder }
    return await fn({
      trial: { ...run, env: { ...env, ...alternates } },
      write: { ...run, env: { ...env, GIT_OBJECT_DIRECTORY: objects } },
    })
  })
}

function bareConfig(objectFormat: string | undefined): string {
  if (objectFormat === undefined) return '[core]\n\tbare = true\n\trepositoryformatversion = 0\n'
  return `[core]\n\tbare = true\n\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = ${objectFormat}\n`
}

/** The list is separated by colons; a quoted entry may hold any byte. */
function quoteAlternate(path: string): string {
  const escaped = path.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n').replace(/\t/g, '\\t')
  return `"${escaped}"`
}
