import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What tests take from this environment: which part of the slow ones runs, and what their files share. */
const ours: ReadonlySet<string> = new Set(['TMO_SLICE', 'TMO_SHOP'])

/** Tests never see the caller's tmux, agent identity or settings. Where their files share what was published is named here, and made by the first of them. */
export function setup(): void {
  for (const name of Object.keys(process.env)) {
    if (name === 'TMUX' || name === 'TMUX_PANE' || (name.startsWith('TMO_') && !ours.has(name)))
      delete process.env[name]
  }
  process.env['TMO_SHOP'] ??= join(tmpdir(), `tmo-shop-${process.pid}`)
}

export function teardown(): void {
  const shop = process.env['TMO_SHOP']
  if (shop !== undefined) rmSync(shop, { recursive: true, force: true, maxRetries: 10 })
}
