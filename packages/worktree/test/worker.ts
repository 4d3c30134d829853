import { closeSync, openSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { openRepository } from '../src/index.ts'

/** What other processes do in the tests: `worker.js <verb> <directory> <argument> …`. */
const [verb = '', directory = '', ...rest] = process.argv.slice(2)
const repository = await openRepository(directory)

if (verb === 'add') {
  const [folder = '', base = '', ...names] = rest
  await Promise.all(
    names.map((name) =>
      repository.addWorktree({ path: join(folder, name), branch: `tmo/many/${name}`, base }),
    ),
  )
}

if (verb === 'add-again-and-again') {
  const [folder = '', base = ''] = rest
  for (let round = 0; ; round += 1) {
    process.stdout.write(`add ${round}\n`)
    await repository.addWorktree({ path: join(folder, 'victim'), branch: 'tmo/victim', base })
    process.stdout.write(`remove ${round}\n`)
    await repository.removeWorktree(join(folder, 'victim'), { branch: 'tmo/victim' })
  }
}

if (verb === 'preserve-again-and-again') {
  const [path = ''] = rest
  for (let round = 0; ; round += 1) {
    process.stdout.write(`preserve ${round}\n`)
    await repository.preserve(path, { ref: 'refs/tmo/preserved/victim/*' })
  }
}

if (verb === 'merge-again-and-again') {
  const [from = '', target = ''] = rest
  for (let round = 0; ; round += 1) {
    const into = (await repository.resolveCommit(`refs/heads/${target}`)) ?? ''
    process.stdout.write(`merge ${round}\n`)
    const merged = await repository.merge({ into, from, message: `Merge ${round}` })
    if (merged.status !== 'merged') throw new Error(merged.status)
    await repository.updateBranch(target, merged.commit, { expected: into })
    await repository.updateBranch(target, into, { expected: merged.commit })
  }
}

if (verb === 'remove-by-force-again-and-again') {
  const [path = '', branch = ''] = rest
  for (let round = 0; ; round += 1) {
    const ref = 'refs/tmo/preserved/victim/*'
    process.stdout.write(`remove ${round}\n`)
    const removed = await repository.removeWorktree(path, { force: 'preserve', preserveRef: ref })
    if (removed.status === 'refused') throw new Error(removed.reasons.join())
    process.stdout.write(`restore ${round}\n`)
    await repository.addWorktree({ path, branch, base: 'HEAD' })
    const last = (await repository.listPreserved()).toSorted((a, b) => numberOf(b.ref) - numberOf(a.ref))[0]
    if (last !== undefined) await repository.restore(path, { ref: last.ref })
  }
}

function numberOf(ref: string): number {
  return Number(ref.slice(ref.lastIndexOf('/') + 1))
}

if (verb === 'hold') {
  await repository.withLock(async () => {
    process.stdout.write('held\n')
    await new Promise((resolve) => setTimeout(resolve, 600_000))
  })
}

if (verb === 'contend') {
  const [flag = '', times = '0'] = rest
  for (let round = 0; round < Number(times); round += 1) {
    await repository.withLock(async () => {
      closeSync(openSync(flag, 'wx'))
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 3))
      unlinkSync(flag)
    })
    process.stdout.write(`${round}\n`)
  }
}

if (verb === 'remove') await repository.removeWorktree(rest[0] ?? '')
