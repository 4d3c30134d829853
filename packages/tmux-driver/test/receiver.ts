import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { PaneId, SessionId, Tmux } from '../src/index.ts'

export interface Receiver {
  readonly pane: PaneId
  /** The bytes that have arrived so far. */
  received(): Promise<Buffer>
}

/** A pane whose program takes every byte as it comes and writes it to a file. */
export async function startReceiver(
  tmux: Tmux,
  o: { session: SessionId; directory: string; name: string; bracketed?: boolean },
): Promise<Receiver> {
  const file = join(o.directory, o.name)
  const script = `stty raw -echo; printf '%b' "$2"; printf READY; exec cat >"$1"`
  const { pane } = await tmux.newWindow({
    session: o.session,
    name: o.name,
    command: ['sh', '-c', script, 'sh', file, o.bracketed === true ? '\\033[?2004h' : ''],
  })
  await expect.poll(async () => (await tmux.capture(pane)).text, { timeout: 10_000 }).toContain('READY')
  return { pane, received: () => readFile(file) }
}
