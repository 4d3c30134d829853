import { join } from 'node:path'
import { alternate, figure } from './measure.mjs'

/** The states of 50 worktrees, over raw `git status` in each, one after another. */
export async function benchState({ repository, git, outside }) {
  const paths = Array.from({ length: 50 }, (_, at) => join(outside, `state-${at}`))
  for (const path of paths) await repository.addWorktree({ path, branch: null, base: 'HEAD' })
  const status = ['status', '--porcelain=v2', '--branch']
  const raw = async (some) => {
    for (const path of some) await git('-C', path, ...status)
  }
  const one = paths.slice(0, 1)
  await raw(paths)
  const inspect = await alternate(
    15,
    () => repository.inspect(paths[0]),
    () => raw(one),
  )
  const all = await alternate(
    5,
    () => repository.inspectAll(),
    () => raw(paths),
  )
  for (const path of paths) await repository.removeWorktree(path)
  return [
    figure('inspect_vs_status', 'ratio', 1.5, inspect.ratios),
    figure('state50_vs_git_status', 'ratio', 1.3, all.ratios),
  ]
}
