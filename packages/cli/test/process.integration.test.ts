import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const program = new URL('./fixtures/program.mjs', import.meta.url).pathname
let directory = ''
let child: ChildProcessWithoutNullStreams | undefined

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tmo-cli-'))
})
afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  await rm(directory, { recursive: true, force: true })
})

interface Running {
  readonly child: ChildProcessWithoutNullStreams
  readonly stderr: () => string
  readonly exited: Promise<unknown[]>
}

async function start(...argv: readonly string[]): Promise<Running> {
  const started = spawn(process.execPath, [program, ...argv])
  child = started
  let stderr = ''
  started.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const exited = once(started, 'exit')
  await once(started.stdout, 'data')
  return { child: started, stderr: () => stderr, exited }
}

async function saw(running: Running, text: string): Promise<void> {
  const deadline = AbortSignal.timeout(10_000)
  while (!running.stderr().includes(text)) await once(running.child.stderr, 'data', { signal: deadline })
}

describe('signals', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('the first %s lets the command roll back and leaves with %d', async (signal, code) => {
    const running = await start('wait')
    running.child.kill(signal)
    expect(await running.exited).toEqual([code, null])
    expect(running.stderr()).toContain('rolled back')
    expect(running.stderr()).not.toContain('left:')
  })

  it('a second Ctrl-C ends at once and says what is left and how to clean it', async () => {
    const running = await start('wait', '--stubborn')
    running.child.kill('SIGINT')
    await saw(running, 'Ctrl-C again')
    running.child.kill('SIGINT')
    expect(await running.exited).toEqual([130, null])
    expect(running.stderr()).toContain('left: a window\nclean it with: demo clean\n')
  })
})

describe('broken pipes', () => {
  it('end a command that prints without end, quietly and with 0', async () => {
    const record = join(directory, 'record')
    const running = await start('flood', record)
    running.child.stdout.destroy()
    expect(await running.exited).toEqual([0, null])
    expect(running.stderr()).toBe('')
    expect(await readFile(record, 'utf8')).toBe('stopped')
  })

  it('of stderr do not crash', async () => {
    const running = await start('wait')
    running.child.stderr.destroy()
    running.child.kill('SIGINT')
    expect(await running.exited).toEqual([130, null])
  })
})

it('a whole answer reaches a slow reader before the process ends', async () => {
  const started = spawn('sh', ['-c', '"$0" "$1" --help | { sleep 0.2; wc -c; }', process.execPath, program])
  let out = ''
  started.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  await once(started, 'close')
  expect(Number(out)).toBeGreaterThan(300)
})
