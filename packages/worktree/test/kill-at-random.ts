import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openRepository } from '../src/index.ts'
import { temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from './clean-environment.ts'
import { seeded } from './seeded.ts'
import { buildWorkers } from './spawn-worker.ts'

export interface KillReport {
  readonly problems: readonly string[]
  readonly inAdd: number
  readonly inRemove: number
}

/** Kills a process that adds and removes one worktree all the time, then does both itself and looks at what is left. */
export async function killAtRandom(options: {
  readonly kills: number
  readonly files: number
  readonly seed: number
}): Promise<KillReport> {
  const names = Array.from({ length: options.files }, (_, index) => [
    `d${index % 9}/${index}.txt`,
    `${index}\n`.repeat(99),
  ])
  await using temporary = await temporaryRepository({ files: Object.fromEntries(names) })
  await using workers = await buildWorkers()
  const random = seeded(options.seed)
  const base = await temporary.git('rev-parse', 'HEAD')
  const repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
  const path = join(temporary.outside, 'victim')
  const problems: string[] = []
  let inAdd = 0
  let addMs = 260
  let removeMs = 60
  let inRemove = 0
  const expectThat = (holds: boolean, problem: string): void => {
    if (!holds) problems.push(problem)
  }
  for (let kill = 0; kill < options.kills; kill += 1) {
    const worker = workers.spawn('add-again-and-again', temporary.dir, temporary.outside, base)
    // Every other time from where removing begins, which is the shorter of the two; both take as long as they took last.
    const isInRemove = kill % 2 === 1
    await worker.printed('add 0')
    const addedFrom = performance.now()
    if (isInRemove) {
      await worker.printed('remove 0')
      addMs = performance.now() - addedFrom
    }
    await delay(random() * (isInRemove ? removeMs : addMs))
    await worker.kill()
    const at = worker.output().trim().split('\n').at(-1) ?? ''
    if (at.startsWith('add')) inAdd += 1
    else inRemove += 1
    const made = await repository.addWorktree({ path, branch: 'tmo/victim', base })
    const state = await repository.inspect(path)
    expectThat(
      state.clean && state.head === base && made.head === base,
      `${kill} ${at}: ${JSON.stringify(state)}`,
    )
    const listed = await repository.listWorktrees()
    expectThat(
      listed.length === 2 && listed.every((worktree) => worktree.locked === undefined),
      `${kill} ${at}: ${JSON.stringify(listed)}`,
    )
    // Otherwise the next one, which adds what is there already, would be removing at once.
    const removedFrom = performance.now()
    const removed = await repository.removeWorktree(path)
    removeMs = performance.now() - removedFrom
    expectThat(removed.status === 'removed', `${kill} ${at}: ${JSON.stringify(removed)}`)
    const left = [
      ...(await readdir(temporary.outside)).filter((name) => name !== 'repository'),
      ...(await readdir(repository.commonDir)).filter(
        (name) => name.startsWith('tmo') || name === 'worktrees',
      ),
    ]
    expectThat(left.length === 0, `${kill} ${at}: left ${left.join(', ')}`)
  }
  const fsck = await temporary.git('fsck', '--connectivity-only', '--no-dangling')
  expectThat(fsck === '', fsck)
  return { problems, inAdd, inRemove }
}
