import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ownersOf } from './owners-of.ts'

const absent = 999_999_999

it('a file that is named after no process, or after one that is gone, may be of any', () => {
  expect(ownersOf(undefined, [absent, process.pid])).toEqual([absent, process.pid])
  expect(ownersOf('settings.json', [absent])).toEqual([absent])
  expect(ownersOf(`${absent}.json`, [1, 2])).toEqual([1, 2])
})

it.runIf(existsSync('/proc/self/stat'))(
  'a file is of the process that it is named after, or of the one behind its wrappers, and else of none',
  async () => {
    const child = spawn('/bin/sh', ['-c', 'sleep 60 & echo $!; wait'], { detached: true })
    try {
      const [bytes]: readonly Buffer[] = await once(child.stdout, 'data')
      const inner = Number(bytes?.toString())
      const outer = child.pid ?? 0
      expect(ownersOf(`${inner}.json`, [absent, inner])).toEqual([inner])
      expect(ownersOf(`${inner}.json`, [absent, outer])).toEqual([outer])
      expect(ownersOf(`${inner}.json.tmp`, [absent, outer, process.pid])).toEqual([outer])
      expect(ownersOf(`${inner}.json`, [absent])).toEqual([])
      expect(ownersOf(`${process.pid}.json`, [outer])).toEqual([])
    } finally {
      const exited = once(child, 'exit')
      process.kill(-(child.pid ?? 0), 'SIGKILL')
      await exited
    }
  },
)
