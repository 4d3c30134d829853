import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { isProcessAlive } from '../src/process-alive.ts'

const run = promisify(execFile)

it('takes a process that ended and was not collected for ended', async () => {
  // The shell becomes a program that never collects the child it inherits.
  const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; exec sleep 600'])
  try {
    const [said] = await once(parent.stdout, 'data')
    const child = Number(String(said))
    expect(isProcessAlive(child)).toBe(true)
    // Until then the shell is there, which would collect it.
    const command = async (): Promise<string> =>
      (await run('ps', ['-o', 'args=', '-p', String(parent.pid)])).stdout.trim()
    await expect.poll(command, { timeout: 10_000 }).toBe('sleep 600')
    process.kill(child, 'SIGKILL')
    await expect.poll(() => isProcessAlive(child), { timeout: 10_000 }).toBe(false)
    expect(() => process.kill(child, 0)).not.toThrow()
  } finally {
    parent.kill('SIGKILL')
  }
})

it.each([0, -1, 1.5, Number.NaN, Number.MAX_VALUE])('takes %s for no process', (pid) => {
  expect(isProcessAlive(pid)).toBe(false)
})
