import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { alternate, figure, time } from './measure.mjs'

const changed = 1000

/** A branch that changes 1,000 files, over raw `git merge` in a worktree; and conflicts between every two of 20 branches. */
export async function benchMerging(bench) {
  return [...(await benchMerge(bench)), ...(await benchPrediction(bench))]
}

async function benchMerge({ repository, git, outside, files }) {
  const into = await commitOn({ git, outside }, 'into', [[`folder-0/into.txt`, 'into\n']])
  const work = Array.from({ length: changed }, (_, at) => {
    const file = (at * 2) % files
    return [`folder-${file % 40}/file-${file}.txt`, `changed ${at}\n`]
  })
  const from = await commitOn({ git, outside }, 'from', work)
  const place = join(outside, 'merge')
  await git('worktree', 'add', '--quiet', '--detach', place, into)
  const { ours, ratios } = await alternate(
    9,
    (round) => repository.merge({ into, from, message: `Merge ${round}` }),
    (round) => git('-C', place, 'merge', '--quiet', '--no-ff', '-m', `Merge ${round}`, from),
    () => git('-C', place, 'reset', '--hard', '--quiet', into),
  )
  await git('worktree', 'remove', '--force', place)
  return [figure('merge1000_vs_git_merge', 'ratio', 1.5, ratios), figure('merge1000_ms', 'ms', null, ours)]
}

async function benchPrediction({ repository, git, outside }) {
  const commits = []
  for (let at = 0; at < 20; at += 1) {
    const own = Array.from({ length: 20 }, (_, file) => [
      `folder-${at}/file-${at + file * 40}.txt`,
      `own ${at}\n`,
    ])
    const shared = [[`folder-39/file-${39 + (at % 5) * 40}.txt`, `shared ${at}\n`]]
    commits.push(await commitOn({ git, outside }, `predict-${at}`, [...own, ...shared]))
  }
  const samples = []
  for (let round = 0; round < 3; round += 1)
    samples.push((await time(() => repository.predictConflicts(commits))) / 1000)
  return [figure('predict20_pairs_s', 's', 5, samples)]
}

async function commitOn({ git, outside }, name, contents) {
  const path = join(outside, name)
  await git('worktree', 'add', '--quiet', '-b', `side/${name}`, path, 'HEAD')
  for (const [file, content] of contents) {
    await mkdir(dirname(join(path, file)), { recursive: true })
    await writeFile(join(path, file), content)
  }
  await git('-C', path, 'add', '--all')
  await git('-C', path, 'commit', '--quiet', '-m', `On ${name}`)
  const { stdout } = await git('-C', path, 'rev-parse', 'HEAD')
  await git('worktree', 'remove', path)
  return stdout.trim()
}
