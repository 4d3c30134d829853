import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { probeProcess, processStart } from './process-identity.ts'

describe.each(['linux', 'darwin'] as const)('on %s', (platform) => {
  it('a process is known by its number and its start, and gone when it has ended', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    const pid = child.pid ?? 0
    const start = processStart(pid, platform)
    expect(start).not.toBeNull()
    expect(probeProcess(pid, start, platform)).toBe('present')
    expect(probeProcess(pid, 'another start', platform)).toBe('absent')
    expect(probeProcess(pid, null, platform)).toBe('unknown')
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(processStart(pid, platform)).toBeNull()
    expect(probeProcess(pid, start, platform)).toBe('absent')
  })
})
