import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { killLoop } from './kill-loop.ts'
import { buildSyncNotes, canCutPower, cutPower } from './power-cut.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-store-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test.runIf(canCutPower)('after a power cut nothing that was acknowledged is lost', async () => {
  const preload = buildSyncNotes(folder)
  const options = { kills: 4, seed: 3, preload, afterKill: cutPower }
  const { acknowledged, lost, integrity } = await killLoop(join(folder, 'tmo.db'), options)
  expect(acknowledged).toBeGreaterThan(4)
  expect(lost).toEqual([])
  expect(new Set(integrity)).toEqual(new Set(['ok']))
})

test.runIf(canCutPower)('with `fast` the last seconds may be lost, and the file is whole', async () => {
  const preload = buildSyncNotes(folder)
  const options = { kills: 1, seed: 3, preload, afterKill: cutPower, durability: 'fast' } as const
  const { lost, integrity } = await killLoop(join(folder, 'tmo.db'), options)
  expect(lost.length).toBeGreaterThan(0)
  expect(integrity).toEqual(['ok'])
})
