import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openRepository } from '../src/index.ts'
import { temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from './clean-environment.ts'
import { buildWorkers } from './spawn-worker.ts'

test('after a kill the lock is not broken while a git of the killed process still works', async () => {
  await using temporary = await temporaryRepository()
  await using workers = await buildWorkers()
  const repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
  const path = join(temporary.outside, 'developer')
  await repository.addWorktree({ path, branch: 'developer', base: 'HEAD' })
  const bin = join(temporary.outside, 'bin')
  await mkdir(bin)
  const slow = `#!/bin/sh\ncase "$*" in *"worktree remove"*) touch '${bin}/reached'; while [ ! -e '${bin}/go' ]; do sleep 0.05; done;; esac\nPATH="\${PATH#*:}" exec git "$@"\n`
  await writeFile(join(bin, 'git'), slow)
  await chmod(join(bin, 'git'), 0o755)
  const worker = workers.spawn({ PATH: `${bin}:${process.env['PATH']}` }, 'remove', temporary.dir, path)
  await expect.poll(() => readdir(bin), { timeout: 20_000 }).toContain('reached')
  await worker.kill()
  const impatient = await openRepository(temporary.dir, { env: cleanEnvironment(), lockTimeoutMs: 400 })
  const adding = impatient.addWorktree({ path, branch: 'developer', base: 'HEAD' })
  await expect(adding).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' })
  await writeFile(join(bin, 'go'), '')
  await repository.addWorktree({ path, branch: 'developer', base: 'HEAD' })
  expect(await repository.inspect(path)).toMatchObject({ clean: true, branch: 'developer' })
  expect(await repository.removeWorktree(path)).toEqual({ status: 'removed' })
})
