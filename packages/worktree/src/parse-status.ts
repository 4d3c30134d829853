export interface StatusCounts {
  readonly head?: string
  readonly branch?: string
  readonly staged: number
  readonly unstaged: number
  readonly untracked: number
  readonly conflicted: number
  /** What differs, by path; untracked directories end in a slash. */
  readonly paths: readonly string[]
}

/** Reads `git status --porcelain=v2 --branch -z`. */
export function parseStatus(text: string): StatusCounts {
  const fields = text.split('\0')
  const count = { staged: 0, unstaged: 0, untracked: 0, conflicted: 0 }
  const paths: string[] = []
  let head: string | undefined
  let branch: string | undefined
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] ?? ''
    const kind = field[0]
    if (field.startsWith('# branch.oid ')) head = field.slice(13)
    if (field.startsWith('# branch.head ')) branch = field.slice(14)
    const path = pathOf(field)
    if (path !== undefined) paths.push(path)
    if (kind === '?') count.untracked += 1
    if (kind === 'u') count.conflicted += 1
    if (kind !== '1' && kind !== '2') continue
    if (field[2] !== '.') count.staged += 1
    if (field[3] !== '.') count.unstaged += 1
    if (kind === '2') index += 1
  }
  return {
    ...(head === undefined || head === '(initial)' ? {} : { head }),
    ...(branch === undefined || branch === '(detached)' ? {} : { branch }),
    ...count,
    paths,
  }
}

/** How many fields stand before the path. */
const fieldsBefore: Readonly<Record<string, number>> = { '1': 8, '2': 9, u: 10, '?': 1 }

function pathOf(field: string): string | undefined {
  const before = fieldsBefore[field[0] ?? '']
  return before === undefined ? undefined : field.split(' ').slice(before).join(' ')
}
