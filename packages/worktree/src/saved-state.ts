import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from './context.ts'
import type { GitOptions } from './git.ts'
import { unlessAbsent } from './half-made.ts'

/** What a tree cannot hold of a worktree's state. Paths are bytes, one character each. */
export interface SavedState {
  readonly version: 1
  /** Short branch name; absent when detached. */
  readonly branch?: string
  /** Paths that were only intended to be added. */
  readonly intentToAdd?: readonly string[]
  /** Lines of `git ls-files --unmerged`, whose objects are in the saved index as `<path>~base`, `~ours`, `~theirs`. */
  readonly unmerged?: readonly string[]
  /** What an unfinished merge, pick or revert had written down, by file name. */
  readonly operation?: Readonly<Record<string, string>>
}

/** Of a rebase or bisect the plan is not saved: only its files are. */
const operationFiles = ['MERGE_HEAD', 'MERGE_MODE', 'MERGE_MSG', 'CHERRY_PICK_HEAD', 'REVERT_HEAD']

export const operationHeads: readonly string[] = ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD']

/** `run` names the index to read; it must not have been added to yet. */
export async function readState(
  context: Context,
  gitDir: string,
  run: GitOptions,
  unmerged: readonly string[],
): Promise<SavedState> {
  const ita = [
    'diff-files',
    '-z',
    '--name-only',
    '--diff-filter=A',
    '--no-ext-diff',
    '--ignore-submodules=all',
  ]
  const [head, added, ...contents] = await Promise.all([
    unlessAbsent(readFile(join(gitDir, 'HEAD'), 'utf8')),
    context.git(ita, { ...run, bytes: true }),
    ...operationFiles.map((name) => unlessAbsent(readFile(join(gitDir, name), 'utf8'))),
  ])
  const branch = /^ref: refs\/heads\/([^\n]+)/.exec(head ?? '')?.[1]
  const intentToAdd = added.stdout.split('\0').filter((path) => path !== '')
  const operation = operationFiles.flatMap((name, index) => {
    const content = contents[index]
    return content === undefined ? [] : [[name, content] as const]
  })
  return {
    version: 1,
    ...(branch === undefined ? {} : { branch }),
    ...(intentToAdd.length === 0 ? {} : { intentToAdd }),
    ...(unmerged.length === 0 ? {} : { unmerged }),
    ...(operation.length === 0 ? {} : { operation: Object.fromEntries(operation) }),
  }
}

const mark = 'tmo-state: '

export function formatSavedMessage(message: string, state: SavedState): string {
  return `${message.trimEnd()}\n\n${mark}${JSON.stringify(state)}\n`
}

/** The state that a saved commit's message tells; absent when it is none of ours. */
export function parseSavedMessage(text: string): { readonly message: string; readonly state?: SavedState } {
  const start = text.lastIndexOf(`\n${mark}`)
  if (start < 0) return { message: text.trimEnd() }
  const state = parseState(text.slice(start + 1 + mark.length))
  return { message: text.slice(0, start).trimEnd(), ...(state === undefined ? {} : { state }) }
}

function parseState(text: string): SavedState | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isOurs = typeof value === 'object' && value !== null && 'version' in value && value.version === 1
    return isOurs ? (value as SavedState) : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
