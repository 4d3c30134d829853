import { badRef } from './branch-name.ts'
import { type Context, inStore } from './context.ts'
import { resolveCommits } from './refs.ts'
import type { CancelOptions, CommitInfo, CommitRange, DiffOptions } from './types.ts'

export async function listCommits(
  context: Context,
  range: CommitRange,
  options: CancelOptions = {},
): Promise<readonly CommitInfo[]> {
  const [from, to] = await resolveRange(context, range, options.signal)
  const format = '--format=%H%x00%an%x00%ae%x00%at%x00%s'
  const firstParent = range.firstParent === true ? ['--first-parent'] : []
  const args = [
    'rev-list',
    '--no-commit-header',
    '--encoding=UTF-8',
    format,
    ...firstParent,
    to,
    `^${from}`,
    '--',
  ]
  const { stdout } = await context.git(args, { ...inStore(context), signal: options.signal })
  return stdout.split('\n').filter(Boolean).map(parseCommit)
}

function parseCommit(line: string): CommitInfo {
  const [commit = '', author = '', email = '', seconds = '', ...subject] = line.split('\0')
  return { commit, author, email, at: Number(seconds) * 1000, subject: subject.join('\0') }
}

export async function diff(context: Context, range: CommitRange, options: DiffOptions = {}): Promise<string> {
  const [from, to] = await resolveRange(context, range, options.signal)
  const maxBytes = options.maxBytes ?? 1024 * 1024
  const shape = options.stat ? ['--stat=100', '--summary'] : ['--patch', '--full-index']
  const args = [
    'diff-tree',
    '-r',
    '--no-ext-diff',
    '--no-textconv',
    '--no-color',
    '-M',
    ...shape,
    from,
    to,
    '--',
  ]
  const { stdout, truncated } = await context.git(args, {
    ...inStore(context),
    maxBytes,
    signal: options.signal,
  })
  if (!truncated) return stdout
  return `${stdout.slice(0, stdout.lastIndexOf('\n') + 1)}[cut after ${maxBytes} bytes]\n`
}

async function resolveRange(
  context: Context,
  range: CommitRange,
  signal?: AbortSignal,
): Promise<readonly [string, string]> {
  const [from, to] = await resolveCommits(context, [range.from, range.to], signal)
  if (from === undefined) throw badRef(range.from, 'names no commit')
  if (to === undefined) throw badRef(range.to, 'names no commit')
  return [from, to]
}

/** A regular file as a commit has it, whatever any worktree made of it; no filter or line end conversion applies. */
export async function readFileAt(
  context: Context,
  revision: string,
  path: string,
  options: CancelOptions = {},
): Promise<Uint8Array | undefined> {
  const run = { ...inStore(context), signal: options.signal }
  const [commit] = await resolveCommits(context, [revision], options.signal)
  if (commit === undefined) throw badRef(revision, 'names no commit')
  const { stdout } = await context.git(['ls-tree', '-z', '--full-tree', commit, '--', path], run)
  const [, object] = /^100[67]\d{2} blob ([0-9a-f]+)\t/.exec(stdout) ?? []
  if (object === undefined || !stdout.endsWith(`\t${path}\0`)) return undefined
  const blob = await context.git(['cat-file', 'blob', object], { ...run, bytes: true })
  return Buffer.from(blob.stdout, 'latin1')
}
