import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { killLoop } from '../test/kill-loop.ts'

test('after fifty kills nothing acknowledged is lost', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tmo-store-'))
  try {
    const seed = Number(process.env['SLOW_SEED'] ?? Date.now() % 1_000_000)
    const { lost, integrity } = await killLoop(join(folder, 'tmo.db'), { kills: 50, seed })
    expect({ seed, lost, integrity: [...new Set(integrity)] }).toEqual({ seed, lost: [], integrity: ['ok'] })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
