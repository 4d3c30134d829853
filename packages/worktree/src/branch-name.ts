import { WorktreeError } from './errors.ts'

const forbidden = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\.$|\/$|^\//

/** True for what `git check-ref-format --branch` takes, without its shorthands (`@{-1}`). */
export function isBranchName(name: string): boolean {
  if (name === '' || name === '@' || name === 'HEAD' || name.startsWith('-') || forbidden.test(name))
    return false
  return name.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'))
}

/** The full ref of a branch. @throws BAD_REF */
export function branchRef(name: string): string {
  if (!isBranchName(name)) throw badRef(name, 'is not a branch name')
  return `refs/heads/${name}`
}

const objectId = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** @throws BAD_REF when `commit` is not a full commit id */
export function checkCommitId(commit: string): string {
  if (!objectId.test(commit)) throw badRef(commit, 'is not a full commit id')
  return commit
}

export function badRef(ref: string, why: string): WorktreeError {
  return new WorktreeError('BAD_REF', `${JSON.stringify(ref)} ${why}`, {
    details: { ref },
    hint: 'See git-check-ref-format(1) for names; resolveCommit() turns a name into a commit id.',
  })
}
