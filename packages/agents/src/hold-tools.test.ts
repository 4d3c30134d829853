import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { holdCommand, holdTools, writeHoldHook } from './hold-tools.ts'

let folder: string
const running: ChildProcess[] = []

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tmo-it's "))
  await writeHoldHook(folder)
})
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
})

/** What the program does before a tool: the command goes to a shell, a payload to its stdin. */
function beginTool(): Promise<{ readonly code: number; readonly output: string }> {
  const child = spawn('/bin/sh', ['-c', holdCommand(folder)], { stdio: ['pipe', 'pipe', 'inherit'] })
  running.push(child)
  let output = ''
  child.stdout?.on('data', (bytes: Buffer) => {
    output += bytes.toString()
  })
  child.stdin?.end('x'.repeat(200_000))
  return once(child, 'close').then(([code]) => ({ code, output }))
}

const atWork = { isInTurn: async () => true, signal: undefined }
const hasPassed = (): boolean => existsSync(join(folder, 'tools', 'passed'))

it('a tool begins at once while nothing is typed, and says nothing', async () => {
  expect(await beginTool()).toEqual({ code: 0, output: '' })
  expect(hasPassed()).toBe(true)
})

it('a tool begins only once the message is typed', async () => {
  const release = await holdTools(folder, atWork)
  const tool = beginTool()
  await expect.poll(() => existsSync(join(folder, 'tools', 'looked')), { timeout: 20_000 }).toBe(true)
  // Eight more looks of the hook.
  const winner = await Promise.race([tool, new Promise((resolve) => setTimeout(resolve, 400, 'held'))])
  expect([winner, hasPassed()]).toEqual(['held', false])
  await release()
  expect(await tool).toEqual({ code: 0, output: '' })
  await release()
})

it('what was let go just before has its time to ask', async () => {
  await beginTool()
  const { mtimeMs } = statSync(join(folder, 'tools', 'passed'))
  const release = await holdTools(folder, atWork)
  expect(Date.now() - mtimeMs).toBeGreaterThanOrEqual(1_490)
  await release()
})

it('what looks just now and was let go or not is waited for all the same', async () => {
  writeFileSync(join(folder, 'tools', 'looked'), '')
  const { mtimeMs } = statSync(join(folder, 'tools', 'looked'))
  const release = await holdTools(folder, atWork)
  expect(Date.now() - mtimeMs).toBeGreaterThanOrEqual(1_490)
  await release()
})

it('nothing is waited for outside of a turn', async () => {
  await beginTool()
  try {
    const release = await holdTools(folder, {
      ...atWork,
      isInTurn: async () => {
        vi.useFakeTimers()
        return false
      },
    })
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
    await release()
  } finally {
    vi.useRealTimers()
  }
})

it('forbids no tool where its folder, or the hook itself, is gone', async () => {
  rmSync(join(folder, 'tools'), { recursive: true })
  expect(await beginTool()).toEqual({ code: 0, output: '' })
  rmSync(join(folder, 'hold.sh'))
  expect(await beginTool()).toEqual({ code: 0, output: '' })
})

it('a hold that nobody ended, by the number of another process, delays one tool and no second', async () => {
  writeFileSync(join(folder, 'tools', 'held'), `${process.pid}\n`)
  const script = join(folder, 'hold.sh')
  writeFileSync(script, readFileSync(script, 'utf8').replaceAll('500', '5'))
  expect((await beginTool()).code).toBe(0)
  expect(existsSync(join(folder, 'tools', 'held'))).toBe(false)
})

it('nobody who has ended holds anything, and an aborted delivery does not', async () => {
  writeFileSync(join(folder, 'tools', 'held'), '999999999\n')
  expect((await beginTool()).code).toBe(0)
  const reason = new Error('enough')
  await expect(holdTools(folder, { ...atWork, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  expect(existsSync(join(folder, 'tools', 'held'))).toBe(false)
})
