import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { isProcessAlive } from '@tmux-orchestrator/tmux-driver'
import { afterEach, describe, expect, it } from 'vitest'
import { stopAgent } from './stop-agent.ts'

let child: ChildProcess | undefined
afterEach(() => {
  if (child?.pid !== undefined && isProcessAlive(child.pid)) process.kill(-child.pid, 'SIGKILL')
})

/** A program that leads a group of its own, as in a pane, once it has said that it runs. */
async function run(script: string): Promise<number> {
  child = spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
  if (child.stdout) await once(child.stdout, 'data')
  return child.pid ?? 0
}

describe('stopAgent', () => {
  it('lets a program end by itself', async () => {
    const pid = await run('echo up; exec sleep 600')
    expect(await stopAgent({ pid })).toBe('ended')
    expect(isProcessAlive(pid)).toBe(false)
  })

  it('reaches the program behind a wrapper that does not listen', async () => {
    const pid = await run('trap "" TERM; (trap - TERM; echo up; exec sleep 600); exit 0')
    expect(await stopAgent({ pid })).toBe('ended')
  })

  it('kills one that does not listen at all', async () => {
    const pid = await run('trap "" TERM; echo up; while :; do sleep 600; done')
    expect(await stopAgent({ pid }, { graceMs: 300 })).toBe('killed')
  })

  it('has nothing to do where nothing runs', async () => {
    const pid = await run('echo up')
    await once(child ?? process, 'exit')
    expect(await stopAgent({ pid })).toBe('ended')
  })

  it('stops waiting when it is aborted', async () => {
    const pid = await run('trap "" TERM; echo up; while :; do sleep 600; done')
    const signal = AbortSignal.timeout(200)
    await expect(stopAgent({ pid }, { signal })).rejects.toMatchObject({ name: 'TimeoutError' })
  })
})
