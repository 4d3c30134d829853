import { type Context, inStore } from './context.ts'
import { isInSomeRef } from './preserve.ts'
import type { ExpirePreservedOptions, ListPreservedOptions, PreservedWork } from './preserved-types.ts'
import { listRefs } from './refs.ts'
import { parseSavedMessage } from './saved-state.ts'

export async function listPreserved(
  context: Context,
  options: ListPreservedOptions = {},
): Promise<readonly PreservedWork[]> {
  const refs = await listRefs(context, options.prefix ?? 'refs/tmo/preserved/')
  if (refs.length === 0) return []
  const input = refs.map(({ commit }) => `${commit}\n`).join('')
  const args = ['rev-list', '--no-walk=unsorted', '--no-commit-header', '--encoding=UTF-8', '--stdin']
  const format = '--format=%H%x01%P%x01%ct%x01%B%x02'
  const run = { ...inStore(context), input, signal: options.signal }
  const { stdout } = await context.git([...args, format], run)
  const commits = new Map(stdout.split('\x02').map((record) => parseCommit(record.replace(/^\n/, ''))))
  return refs.map(({ name, commit }) => {
    const found = commits.get(commit)
    return { ref: name, commit, subject: '', commitsOnly: true, ...found }
  })
}

type Told = Omit<PreservedWork, 'ref' | 'commit'>

function parseCommit(record: string): readonly [string, Told] {
  const [commit = '', parents = '', seconds = '', body = ''] = record.split('\x01')
  const { message, state } = parseSavedMessage(body)
  const subject = message.split('\n')[0] ?? ''
  const [first, second] = parents.split(' ')
  if (state === undefined) return [commit, { subject, head: commit, commitsOnly: true }]
  const { branch } = state
  return [
    commit,
    {
      subject,
      // On an unborn branch the only parent is the index.
      ...(second === undefined || first === undefined ? {} : { head: first }),
      ...(branch === undefined ? {} : { branch }),
      savedAt: Number(seconds) * 1000,
      commitsOnly: false,
    },
  ]
}

/** A ref of commits alone is forgotten only when another ref has them: its age is not known. */
export async function expirePreserved(
  context: Context,
  options: ExpirePreservedOptions,
): Promise<readonly PreservedWork[]> {
  const { olderThanMs, keepNewest = 1, now = Date.now() } = options
  if (!(olderThanMs >= 0)) throw new RangeError(`olderThanMs is no duration: ${olderThanMs}`)
  const all = await listPreserved(context, options)
  const old: PreservedWork[] = []
  for (const works of groupByFolder(all)) {
    for (const work of works.toSorted(newestFirst).slice(keepNewest)) {
      const isOld = work.savedAt !== undefined && now - work.savedAt > olderThanMs
      if (isOld || (work.commitsOnly && (await isElsewhere(context, work, options.signal)))) old.push(work)
    }
  }
  if (options.dryRun || old.length === 0) return old
  const input = old.map(({ ref, commit }) => `delete ${ref} ${commit}\n`).join('')
  await context.git(['update-ref', '--no-deref', '--stdin'], { ...inStore(context), reads: false, input })
  return old
}

function groupByFolder(works: readonly PreservedWork[]): readonly (readonly PreservedWork[])[] {
  const groups = new Map<string, PreservedWork[]>()
  for (const work of works) {
    const folder = work.ref.slice(0, work.ref.lastIndexOf('/'))
    groups.set(folder, [...(groups.get(folder) ?? []), work])
  }
  return [...groups.values()]
}

function newestFirst(left: PreservedWork, right: PreservedWork): number {
  return numberOf(right) - numberOf(left)
}

function numberOf({ ref }: PreservedWork): number {
  return Number(ref.slice(ref.lastIndexOf('/') + 1)) || 0
}

async function isElsewhere(context: Context, work: PreservedWork, signal?: AbortSignal): Promise<boolean> {
  return isInSomeRef(context, work.commit, signal, ['refs/heads/', 'refs/remotes/', 'refs/tags/'])
}
