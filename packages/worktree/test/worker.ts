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
