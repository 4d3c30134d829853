import type { Context } from './context.ts'
import { findHolders } from './find-holders.ts'
import { brokenState, commitOf, inspectLocated } from './inspect.ts'
import { findIntegration, listUnpushed } from './integration.ts'
import { listWorktrees } from './list-worktrees.ts'
import { locateWorktree } from './locate-worktree.ts'
import type { InspectAllOptions, WorktreeReport, WorktreeState } from './types.ts'

export async function inspectAll(
  context: Context,
  options: InspectAllOptions = {},
): Promise<readonly WorktreeReport[]> {
  const { base, signal } = options
  const worktrees = await listWorktrees(context, signal)
  const look = { ...(base === undefined ? {} : { base }), ...(signal === undefined ? {} : { signal }) }
  const [states, holders] = await Promise.all([
    Promise.all(worktrees.map(({ path }) => context.checkouts.run(() => inspectPath(context, path, look)))),
    findHolders(worktrees.map(({ path }) => path)),
  ])
  const heads = states.flatMap(({ head }) => head ?? [])
  const [unpushed, integration] = await Promise.all([
    listUnpushed(context, heads, signal),
    base === undefined
      ? undefined
      : commitOf(context, base).then((commit) => findIntegration(context, commit, heads, signal)),
  ])
  const missing = new Set(unpushed)
  return worktrees.map((worktree, index) => {
    const state = states[index] ?? brokenState('it was not looked at')
    const heldBy = holders === undefined ? {} : { heldBy: holders.get(worktree.path) ?? [] }
    if (state.head === undefined) return { worktree, state: { ...state, ...heldBy } }
    const found = integration?.get(state.head)
    const integrated = found === undefined ? {} : { integration: found }
    const pushed = !missing.has(state.head)
    return { worktree, state: { ...state, ...integrated, pushed, ...heldBy } }
  })
}

async function inspectPath(
  context: Context,
  path: string,
  options: InspectAllOptions,
): Promise<WorktreeState> {
  const located = await locateWorktree(context, path)
  return located.status === 'broken' ? brokenState(located.reason) : inspectLocated(context, located, options)
}
