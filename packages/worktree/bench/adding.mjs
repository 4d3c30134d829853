import { join } from 'node:path'
import { alternate, figure } from './measure.mjs'

/** One and four worktrees, over raw `git worktree add` one after another. */
export async function benchAdding(bench) {
  const one = await alternate(15, add(bench, 'one', 1), addRaw(bench, 'one', 1), removeAll(bench, 'one', 1))
  const four = await alternate(
    9,
    add(bench, 'four', 4),
    addRaw(bench, 'four', 4),
    removeAll(bench, 'four', 4),
  )
  return [
    figure('create_vs_git', 'ratio', 1.3, one.ratios),
    figure('create_ms', 'ms', null, one.ours),
    figure('add4_vs_sequential', 'ratio', 1, four.ratios),
  ]
}

/** Comes last: what it adds stays until the repository goes. */
export async function benchAdding200(bench) {
  const { ratios } = await alternate(1, add(bench, 'many', 200), addRaw(bench, 'many', 200))
  return [figure('create200_vs_serial_git', 'ratio', 1.2, ratios)]
}

const add =
  ({ repository, outside }, name, count) =>
  (round) =>
    Promise.all(
      range(count).map((at) =>
        repository.addWorktree({
          path: join(outside, `ours-${name}-${round}-${at}`),
          branch: `o/${name}/${round}/${at}`,
          base: 'HEAD',
        }),
      ),
    )

const addRaw =
  ({ git, outside }, name, count) =>
  async (round) => {
    for (const at of range(count)) {
      const path = join(outside, `raw-${name}-${round}-${at}`)
      await git('worktree', 'add', '--quiet', '-b', `r/${name}/${round}/${at}`, path, 'HEAD')
    }
  }

const removeAll =
  ({ repository, git, outside }, name, count) =>
  async (round) => {
    for (const at of range(count)) {
      await repository.removeWorktree(join(outside, `ours-${name}-${round}-${at}`))
      await git('worktree', 'remove', join(outside, `raw-${name}-${round}-${at}`))
    }
  }

const range = (count) => Array.from({ length: count }, (_, at) => at)
