import { type Context, inStore } from './context.ts'

export interface CommitTreeOptions {
  readonly tree: string
  readonly parents: readonly string[]
  readonly message: string
  readonly author?: { readonly name: string; readonly email: string }
  /** Epoch milliseconds. */
  readonly date?: number
  readonly signal?: AbortSignal | undefined
}

const ourselves = { name: 'tmux-orchestrator', email: 'tmux-orchestrator@localhost' }

/** What is saved or merged must outlast a power failure: the files it came from may be removed next. */
export const durably: readonly string[] = [
  '-c',
  'core.fsync=objects,reference',
  '-c',
  'core.fsyncMethod=batch',
]

/** Writes a commit object, the same for the same input whoever the user is. */
export async function commitTree(context: Context, options: CommitTreeOptions): Promise<string> {
  const { name, email } = options.author ?? ourselves
  const at = `@${Math.floor((options.date ?? Date.now()) / 1000)} +0000`
  const parents = options.parents.flatMap((parent) => ['-p', parent])
  const args = [
    ...durably,
    '-c',
    'i18n.commitEncoding=UTF-8',
    'commit-tree',
    options.tree,
    ...parents,
    '-F',
    '-',
  ]
  const { stdout } = await context.git(args, {
    ...inStore(context),
    reads: false,
    input: options.message.endsWith('\n') ? options.message : `${options.message}\n`,
    signal: options.signal,
    env: {
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_AUTHOR_DATE: at,
      GIT_COMMITTER_NAME: name,
      GIT_COMMITTER_EMAIL: email,
      GIT_COMMITTER_DATE: at,
    },
  })
  return stdout.trim()
}
