import { expect, it } from 'vitest'
import { replayVerb } from './replay-verb.ts'

const request = { id: '0001-verb', argv: ['report'], cwd: '/', as: { agent: 'a/b', token: 't' }, at: 1 }

function parts(exitCode: number, failuresMeanwhile: number): Parameters<typeof replayVerb>[0] {
  const counters = { failures: 3 }
  const verb = async (): Promise<{ stdout: string; stderr: string; exitCode: number }> => {
    counters.failures += failuresMeanwhile
    return { stdout: '', stderr: 'the disk is full\n', exitCode }
  }
  return { engine: { verb }, store: { counters } }
}

it('keeps a verb that failed while the store was in trouble, and only that', async () => {
  await expect(replayVerb(parts(1, 1), request)).rejects.toThrow('the store was in trouble: the disk is full')
  expect((await replayVerb(parts(1, 0), request)).exitCode).toBe(1)
  expect((await replayVerb(parts(0, 1), request)).exitCode).toBe(0)
})
