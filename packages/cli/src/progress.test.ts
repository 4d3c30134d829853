import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createPalette } from './color.ts'
import { createProgress, type Progress, type ProgressOptions } from './progress.ts'

function start(mode: ProgressOptions['mode']): {
  progress: Progress
  read: () => string
  tick: (ms: number) => void
} {
  const stderr = Object.assign(new PassThrough(), { columns: 30 })
  let now = 0
  const progress = createProgress({ stderr, colors: createPalette(false), now: () => now, mode })
  return {
    progress,
    read: () => {
      const chunk: unknown = stderr.read()
      return Buffer.isBuffer(chunk) ? chunk.toString() : ''
    },
    tick: (ms) => {
      now += ms
    },
  }
}

describe('progress', () => {
  it('is one plain line per change where nobody watches', () => {
    const { progress, read, tick } = start('plain')
    const step = progress.step('brief agents')
    step.update('1 of 2')
    step.update('1 of 2')
    tick(1500)
    step.done('2 of 2')
    step.done('again')
    progress.step('merge').fail('conflict')
    progress.step('verify').skip()
    expect(read()).toBe(
      'brief agents …\nbrief agents: 1 of 2\n✓ brief agents: 2 of 2 1.5 s\nmerge …\n✗ merge: conflict (failed) 0 ms\nverify …\n- verify (skipped) 0 ms\n',
    )
  })

  it('rewrites the running lines on a terminal and keeps the ended ones', () => {
    const { progress, read } = start('live')
    const first = progress.step('one')
    const second = progress.step('two')
    expect(read()).toBe('… one 0 ms\n\u001b[1A\u001b[0J… one 0 ms\n… two 0 ms\n')
    first.done()
    expect(read()).toBe('\u001b[2A\u001b[0J✓ one 0 ms\n… two 0 ms\n')
    progress.log('note')
    expect(read()).toBe('\u001b[1A\u001b[0Jnote\n… two 0 ms\n')
    second.done()
    expect(read()).toBe('\u001b[1A\u001b[0J✓ two 0 ms\n')
    progress.close()
    expect(read()).toBe('')
  })

  it('never draws a line wider than the terminal, which would break the rewriting', () => {
    const { progress, read } = start('live')
    progress.step('界'.repeat(80))
    expect(read()).toBe(`… ${'界'.repeat(13)}…\n`)
    progress.close()
  })

  it('cannot be broken by text of others', () => {
    const { progress, read } = start('plain')
    progress.step('say\n\u001b[2Jhello').done()
    expect(read()).toBe('say hello …\n✓ say hello 0 ms\n')
  })

  it('says nothing when silent', () => {
    const { progress, read } = start('silent')
    progress.step('x').done()
    progress.log('y')
    expect(read()).toBe('')
  })
})
