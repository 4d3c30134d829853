import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished } from 'vitest'

/** Starts `programs/held.ts`, by whole words of a command, and waits until it has its two clients; it is killed with the test. */
export async function hold([command = '', ...words]: readonly string[]): Promise<ChildProcess> {
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'ignore'] })
  const said = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  expect(String(said[0])).toBe('ready\n')
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}
