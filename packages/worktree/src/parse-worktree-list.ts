import type { WorktreeInfo } from './types.ts'

/** Reads `git worktree list --porcelain -z`: attributes end in NUL, worktrees in two. */
export function parseWorktreeList(text: string): readonly WorktreeInfo[] {
  return text
    .split('\0\0')
    .filter((record) => record !== '')
    .map((record, index) => parseRecord(record, index === 0))
}

function parseRecord(record: string, main: boolean): WorktreeInfo {
  const attributes = new Map<string, string>()
  for (const line of record.split('\0')) {
    const space = line.indexOf(' ')
    if (space < 0) attributes.set(line, '')
    else attributes.set(line.slice(0, space), line.slice(space + 1))
  }
  const path = attributes.get('worktree')
  if (path === undefined) throw new TypeError(`not a worktree record: ${JSON.stringify(record)}`)
  const head = attributes.get('HEAD')
  const branch = attributes.get('branch')
  const locked = attributes.get('locked')
  const prunable = attributes.get('prunable')
  return {
    path,
    ...(head === undefined || /^0+$/.test(head) ? {} : { head }),
    ...(branch === undefined ? {} : { branch: branch.replace(/^refs\/heads\//, '') }),
    bare: attributes.has('bare'),
    detached: attributes.has('detached'),
    ...(locked === undefined ? {} : { locked }),
    ...(prunable === undefined ? {} : { prunable }),
    main,
  }
}
