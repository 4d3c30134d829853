import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { adapterFor } from '../src/index.ts'

const megabytes = 200
const conversationId = '0b6f6c1e-0000-4000-8000-000000000000'
const answerTokens = 7

let folder: string
let answers = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tmo-large-'))
  const place = join(folder, 'projects', '-work')
  mkdirSync(place, { recursive: true })
  const file = openSync(join(place, `${conversationId}.jsonl`), 'w')
  const text = 'lorem ipsum '.repeat(340)
  for (let bytes = 0; bytes < megabytes * 1_000_000; ) {
    const lines = Array.from({ length: 200 }, () => {
      answers += 1
      const usage = { input_tokens: 1, output_tokens: answerTokens }
      return `${JSON.stringify({ type: 'assistant', message: { id: `m${answers}`, model: 'x', content: text, usage } })}\n`
    }).join('')
    bytes += writeSync(file, lines)
  }
  closeSync(file)
})
afterAll(() => rm(folder, { recursive: true }))

it('the usage of a transcript of 200 MB is read without holding up the process', async () => {
  const adapter = adapterFor('claude', { env: { CLAUDE_CONFIG_DIR: folder } })
  const query = { conversationId, cwd: '/work', stateDir: folder }
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const usage = await adapter.usage?.(query)
  delay.disable()
  expect(usage).toMatchObject({ outputTokens: answers * answerTokens, inputTokens: answers })
  const [p99, max] = [delay.percentile(99) / 1e6, delay.max / 1e6]
  console.info(`loop delay over ${megabytes} MB: p99 ${p99.toFixed(1)} ms, max ${max.toFixed(1)} ms`)
  expect(p99).toBeLessThan(200)
  expect(max).toBeLessThan(1_000)
})
