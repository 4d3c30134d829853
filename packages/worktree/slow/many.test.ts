import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openRepository } from '../src/index.ts'
import { temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from '../test/clean-environment.ts'
import { buildWorkers } from '../test/spawn-worker.ts'

const processes = 16
const count = process.env['TMO_SLICE'] === undefined ? 200 : 48

test(`${count} worktrees added by ${processes} processes at once are all made, none half`, async () => {
  const files = Array.from({ length: 100 }, (_, at) => [`d${at % 7}/${at}.txt`, `${at}\n`.repeat(50)])
  await using temporary = await temporaryRepository({ files: Object.fromEntries(files) })
  await using workers = await buildWorkers()
  const base = await temporary.git('rev-parse', 'HEAD')
  const names = Array.from({ length: count }, (_, at) => `w${at}`)
  const adding = Array.from({ length: processes }, (_, at) => {
    const own = names.filter((_, index) => index % processes === at)
    return workers.spawn('add', temporary.dir, temporary.outside, base, ...own).finished()
  })
  expect((await Promise.allSettled(adding)).filter(({ status }) => status === 'rejected')).toEqual([])
  const repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
  const reports = (await repository.inspectAll({ base })).slice(1)
  expect(reports.map(({ worktree }) => worktree.path).sort()).toEqual(
    names.map((name) => join(temporary.outside, name)).sort(),
  )
  const bad = reports.filter(
    ({ worktree, state }) =>
      !state.clean || state.head !== base || worktree.locked !== undefined || worktree.halfMade === true,
  )
  expect(bad).toEqual([])
  expect(await temporary.git('fsck', '--no-dangling')).toBe('')
})
