import { badRef, branchRef, checkCommitId } from './branch-name.ts'
import { type Context, inStore } from './context.ts'
import { WorktreeError } from './errors.ts'
import { listWorktrees } from './list-worktrees.ts'
import type { DeleteBranchOptions, RefInfo, UpdateBranchOptions } from './types.ts'

export async function currentBranch(context: Context): Promise<string | undefined> {
  const args = ['symbolic-ref', '--quiet', 'HEAD']
  const { exitCode, stdout } = await context.git(args, { ...inStore(context), accept: [0, 1] })
  return exitCode === 0 ? stdout.trimEnd().replace(/^refs\/heads\//, '') : undefined
}

/** The commits that revisions name, in order; absent where one names none. One process for all. */
export async function resolveCommits(
  context: Context,
  revisions: readonly string[],
  signal?: AbortSignal,
): Promise<readonly (string | undefined)[]> {
  const askable = revisions.filter((revision) => revision !== '' && !/[\n\0]/.test(revision))
  const input = askable.map((revision) => `${revision}^{commit}\n`).join('')
  const { stdout } = await context.git(['cat-file', '--batch-check'], { ...inStore(context), input, signal })
  const lines = stdout.split('\n')
  const found = new Map(
    askable.map((revision, index) => [
      revision,
      /^([0-9a-f]{40,64}) commit \d+$/.exec(lines[index] ?? '')?.[1],
    ]),
  )
  for (const commit of found.values()) if (commit !== undefined) rememberCommit(context, commit)
  return revisions.map((revision) => found.get(revision))
}

const knownCommitsMax = 1000

function rememberCommit({ knownCommits }: Context, commit: string): void {
  if (knownCommits.size >= knownCommitsMax) knownCommits.clear()
  knownCommits.add(commit)
}

export async function resolveCommit(context: Context, ref: string): Promise<string | undefined> {
  return (await resolveCommits(context, [ref]))[0]
}

export async function branchExists(context: Context, name: string): Promise<boolean> {
  return (await readRef(context, branchRef(name))) !== undefined
}

export async function listRefs(context: Context, prefix: string): Promise<readonly RefInfo[]> {
  if (!/^refs\/[^*?[\\\n\0]*$/.test(prefix)) throw badRef(prefix, 'is not a prefix of refs')
  const folder = prefix.endsWith('/') ? prefix : prefix.slice(0, prefix.lastIndexOf('/') + 1)
  const format = '--format=%(refname) %(objectname) %(*objectname)'
  const { stdout } = await context.git(['for-each-ref', format, folder], inStore(context))
  return stdout
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([name]) => name?.startsWith(prefix) && name !== '')
    .map(([name = '', object = '', peeled = '']) => ({ name, commit: peeled === '' ? object : peeled }))
}

export async function branchConflict(
  context: Context,
  names: readonly string[],
): Promise<string | undefined> {
  const refs = names.map(branchRef)
  const above = refs.flatMap((ref) => {
    const parts = ref.split('/')
    return parts.map((_, index) => parts.slice(0, index).join('/')).slice(3)
  })
  const patterns = [...new Set([...above, ...refs.map((ref) => `${ref}/`)])]
  const { stdout } = await context.git(['for-each-ref', '--format=%(refname)', ...patterns], inStore(context))
  const inTheWay = stdout
    .split('\n')
    .find((found) => above.includes(found) || refs.some((ref) => found.startsWith(`${ref}/`)))
  return inTheWay?.slice('refs/heads/'.length)
}

export async function updateBranch(
  context: Context,
  name: string,
  commit: string,
  options: UpdateBranchOptions,
): Promise<'updated' | 'moved'> {
  const ref = branchRef(name)
  checkCommitId(commit)
  const expected = options.expected === null ? '0'.repeat(commit.length) : checkCommitId(options.expected)
  if (!(options.evenIfCheckedOut ?? false) && options.expected !== null)
    await refuseCheckedOut(context, name, options.signal)
  const moved = await changeRef(context, ['update-ref', '--no-deref', ref, commit, expected], ref, options)
  return moved ? 'moved' : 'updated'
}

export async function deleteBranch(
  context: Context,
  name: string,
  options: DeleteBranchOptions,
): Promise<'deleted' | 'absent' | 'moved'> {
  const ref = branchRef(name)
  const expected = checkCommitId(options.expected)
  const current = await readRef(context, ref)
  if (current === undefined) return 'absent'
  if (current !== expected) return 'moved'
  await refuseCheckedOut(context, name, options.signal)
  const moved = await changeRef(context, ['update-ref', '--no-deref', '-d', ref, expected], ref, options)
  return moved ? 'moved' : 'deleted'
}

/** Runs an update-ref; true when it failed because the ref does not stand where it was expected. */
async function changeRef(
  context: Context,
  args: readonly string[],
  ref: string,
  options: { readonly expected: string | null; readonly signal?: AbortSignal },
): Promise<boolean> {
  const accept = [0, 1, 128]
  const run = { ...inStore(context), reads: false, signal: options.signal }
  if ((await context.git(args, { ...run, accept })).exitCode === 0) return false
  if (((await readRef(context, ref)) ?? null) !== options.expected) return true
  await context.git(args, run)
  return false
}

/** The object a full ref name points at; absent when there is no such ref. */
export async function readRef(context: Context, ref: string): Promise<string | undefined> {
  const args = ['for-each-ref', '--count=1', '--format=%(refname) %(objectname)', ref]
  const [name, object] = (await context.git(args, inStore(context))).stdout.trimEnd().split(' ')
  return name === ref ? object : undefined
}

async function refuseCheckedOut(context: Context, branch: string, signal?: AbortSignal): Promise<void> {
  const holder = (await listWorktrees(context, signal)).find((worktree) => worktree.branch === branch)
  if (holder !== undefined) throw branchInUse(branch, holder.path)
}

export function branchInUse(branch: string, path: string): WorktreeError {
  return new WorktreeError('BRANCH_IN_USE', `branch ${branch} is checked out in ${path}`, {
    details: { branch, path },
    hint: 'Remove that worktree, or choose another branch.',
  })
}
