import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { killLoop } from '../test/kill-loop.ts'

const slice = process.env['TMO_SLICE']
const kills = slice === undefined ? 50 : 10
const seed = slice === undefined ? 1 : Number(slice)

test(`after ${kills} kills nothing acknowledged is lost (seed ${seed})`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tmo-store-'))
  try {
    const { lost, integrity } = await killLoop(join(folder, 'tmo.db'), { kills, seed })
    expect({ lost, integrity: [...new Set(integrity)] }).toEqual({ lost: [], integrity: ['ok'] })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
