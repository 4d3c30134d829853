import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { killLoop } from '../test/kill-loop.ts'
import { buildSyncNotes, canCutPower, cutPower } from '../test/power-cut.ts'

const slice = process.env['TMO_SLICE']
const kills = slice === undefined ? 50 : 10
const cuts = slice === undefined ? 50 : 5
const seed = slice === undefined ? 1 : Number(slice)

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tmo-store-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test(`after ${kills} kills nothing acknowledged is lost (seed ${seed})`, async () => {
  const { lost, integrity } = await killLoop(join(folder, 'tmo.db'), { kills, seed })
  expect({ lost, integrity: [...new Set(integrity)] }).toEqual({ lost: [], integrity: ['ok'] })
})

test.runIf(canCutPower)(`after ${cuts} power cuts nothing acknowledged is lost (seed ${seed})`, async () => {
  const options = { kills: cuts, seed, preload: buildSyncNotes(folder), afterKill: cutPower }
  const { lost, integrity } = await killLoop(join(folder, 'tmo.db'), options)
  expect({ lost, integrity: [...new Set(integrity)] }).toEqual({ lost: [], integrity: ['ok'] })
})
