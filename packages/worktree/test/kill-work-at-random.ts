import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openRepository } from '../src/index.ts'
import { temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from './clean-environment.ts'
import { describeContents } from './fingerprint.ts'
import { seeded } from './seeded.ts'
import { buildWorkers } from './spawn-worker.ts'

export interface WorkKillReport {
  readonly problems: readonly string[]
  /** How often the kill met each operation. */
  readonly met: Readonly<Record<string, number>>
}

/**
 * Kills a process that preserves, merges, or removes and restores a worktree with edits all the time. After each kill the
 * repository is sound, every edit is in the tree or in a ref, and the same can be done again.
 */
export async function killWorkAtRandom(options: {
  readonly kills: number
  readonly seed: number
}): Promise<WorkKillReport> {
  const names = Array.from({ length: 200 }, (_, index) => [
    `d${index % 9}/${index}.txt`,
    `${index}\n`.repeat(20),
  ])
  await using temporary = await temporaryRepository({ files: Object.fromEntries(names) })
  await using workers = await buildWorkers()
  const random = seeded(options.seed)
  const repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
  const base = await temporary.git('rev-parse', 'HEAD')
  const path = join(temporary.outside, 'victim')
  const problems: string[] = []
  let killed = 0
  const met: Record<string, number> = {}
  await temporary.git('switch', '--quiet', '--create', 'side')
  const from = await temporary.commit({ 'side.txt': 'side\n' }, 'Side')
  await temporary.git('switch', '--quiet', 'main')
  await temporary.git('branch', 'target', base)
  const verbs = ['preserve', 'merge', 'remove-by-force'] as const
  for (let kill = 0; kill < options.kills; kill += 1) {
    const verb = verbs[kill % verbs.length] ?? 'preserve'
    await edit(kill)
    const files = await describeContents(path)
    const args = { preserve: [path], merge: [from, 'target'], 'remove-by-force': [path, 'work'] }[verb]
    const worker = workers.spawn(`${verb}-again-and-again`, temporary.dir, ...args)
    await worker.printed(' 0\n')
    await delay(random() * (verb === 'remove-by-force' ? 700 : 250))
    await worker.kill()
    killed = worker.child.pid ?? 0
    const at = worker.output().trim().split('\n').at(-1) ?? ''
    const word = at.split(' ')[0] ?? ''
    met[word] = (met[word] ?? 0) + 1
    for (const problem of await listProblems(verb, files)) problems.push(`${kill} ${at}: ${problem}`)
  }
  return { problems, met }

  async function edit(kill: number): Promise<void> {
    await repository.addWorktree({ path, branch: 'work', base })
    await temporary.git('-C', path, 'reset', '--hard', '--quiet')
    await temporary.git('-C', path, 'clean', '-fdxq')
    for (const { ref, commit } of await repository.listPreserved())
      await temporary.git('update-ref', '-d', ref, commit)
    await writeFile(join(path, 'd1/1.txt'), `staged ${kill}\n`)
    await temporary.git('-C', path, 'add', '--all')
    await writeFile(join(path, 'd1/1.txt'), `unstaged ${kill}\n`)
    await mkdir(join(path, 'new'), { recursive: true })
    await writeFile(join(path, `new/${kill}`), `untracked ${kill}\n`)
  }

  async function listProblems(verb: string, files: readonly string[]): Promise<readonly string[]> {
    const found: string[] = []
    const target = await temporary.git('rev-parse', 'target')
    const isBase = target === base
    const isMerge = (await temporary.git('log', '-1', '--format=%P', 'target')) === `${base} ${from}`
    if (!isBase && !isMerge) found.push(`target stands on ${target}`)
    await repository.updateBranch('target', base, { expected: target })
    if (verb === 'remove-by-force') {
      const saved = (await repository.listPreserved()).at(-1)
      await repository.addWorktree({ path, branch: 'work', base })
      if ((await describeContents(path)).join() !== files.join()) {
        if (saved === undefined) return [...found, 'the edits are neither in the tree nor in a ref']
        await temporary.git('-C', path, 'reset', '--hard', '--quiet')
        await temporary.git('-C', path, 'clean', '-fdxq')
        await repository.removeStaleLocks(path)
        const restored = await repository.restore(path, { ref: saved.ref })
        if (restored.status === 'refused') found.push(restored.reasons.join())
      }
    }
    if ((await describeContents(path)).join() !== files.join()) found.push('an edit is lost')
    const again = await repository.preserve(path, { ref: 'refs/tmo/preserved/victim/*' })
    if (again.status !== 'preserved') found.push('it cannot be preserved again')
    const merged = await repository.merge({ into: base, from, message: 'Again' })
    if (merged.status !== 'merged') found.push('it cannot be merged again')
    const fsck = await temporary.git('fsck', '--no-dangling', '--no-progress').catch(String)
    if (fsck !== '') found.push(fsck)
    const scratch = `-${killed}-`
    const fresh = await openRepository(temporary.dir, { env: cleanEnvironment() })
    await fresh.predictConflicts([base, from])
    const temporaries = (await readdir(tmpdir())).filter((name) => name.includes(scratch))
    if (temporaries.length > 0) found.push(`left ${temporaries.join(', ')}`)
    const left = (await readdir(temporary.outside)).filter((name) => !['repository', 'victim'].includes(name))
    // A trash of a finished removal is swept by the next one.
    await Promise.all(
      left.filter((name) => !name.endsWith('.tmo-removed')).map((name) => found.push(`left ${name}`)),
    )
    return found
  }
}
