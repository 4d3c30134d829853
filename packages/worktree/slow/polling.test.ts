import { watch } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openRepository } from '../src/index.ts'
import { temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from '../test/clean-environment.ts'

const durationMs = process.env['TMO_SLICE'] === undefined ? 600_000 : 12_000

test(`20 worktrees looked at once a second for ${durationMs / 1000} s: no index.lock of ours, no command of the user fails`, async () => {
  const files = Array.from({ length: 100 }, (_, at) => [`${at}.txt`, `${at}\n`])
  await using temporary = await temporaryRepository({ files: Object.fromEntries(files) })
  const repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
  const paths = Array.from({ length: 20 }, (_, at) => join(temporary.outside, `w${at}`))
  for (const [at, path] of paths.entries())
    await repository.addWorktree({ path, branch: `work/${at}`, base: 'HEAD' })
  const users = paths[0] ?? ''
  const locks: string[] = []
  const watchers = [temporary.dir, ...paths.slice(1)].map((path, at) => {
    const gitDir = at === 0 ? repository.commonDir : join(repository.commonDir, 'worktrees', `w${at}`)
    return watch(gitDir, (_, name) => {
      if (name === 'index.lock') locks.push(path)
    })
  })
  let looks = 0
  let commands = 0
  try {
    const end = performance.now() + durationMs
    const look = async (): Promise<void> => {
      while (performance.now() < end) {
        const next = performance.now() + 1_000
        // Files whose stat data the index does not know tempt git to write it.
        for (const path of paths.slice(1))
          await writeFile(join(path, `${looks % 100}.txt`), `${looks % 100}\n`)
        for (const { state } of await repository.inspectAll({ base: 'main' }))
          expect(state.broken).toBeUndefined()
        looks += 1
        await delay(Math.max(0, next - performance.now()))
      }
    }
    const work = async (): Promise<void> => {
      while (performance.now() < end) {
        await writeFile(join(users, 'own.txt'), `${commands}\n`)
        await temporary.git('-C', users, 'add', '--all')
        await temporary.git('-C', users, 'commit', '--quiet', '--message', `Own ${commands}`)
        commands += 1
      }
    }
    await Promise.all([look(), work()])
  } finally {
    for (const watcher of watchers) watcher.close()
  }
  expect(locks).toEqual([])
  expect(looks).toBeGreaterThan(durationMs / 1000 / 5)
  expect(commands).toBeGreaterThan(10)
})
