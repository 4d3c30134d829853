import Sqlite from 'better-sqlite3'
import { findJob, type JobState, openStore } from '../src/index.ts'
import { startWorker, until } from './processes.ts'
import { seeded } from './seeded.ts'

export interface KillLoopResult {
  readonly acknowledged: number
  readonly lost: readonly string[]
  readonly integrity: readonly unknown[]
}

export interface KillLoopOptions {
  readonly kills: number
  readonly seed: number
  /** @defaultValue the store's own */
  readonly durability?: 'full' | 'fast'
  /** A library for the writer, see `buildSyncNotes`. */
  readonly preload?: string
  /** What becomes of the files after each kill. */
  readonly afterKill?: (path: string) => void
}

/** Kills a writing process again and again, and looks each time for everything it had said was durable. */
export async function killLoop(path: string, options: KillLoopOptions): Promise<KillLoopResult> {
  const { kills, seed, durability, preload, afterKill } = options
  const random = seeded(seed)
  const lost: string[] = []
  const integrity: unknown[] = []
  let acknowledged = 0
  const args = ['write', `sqlite:${path}`, ...(durability === undefined ? [] : [durability])]
  const wrapper = preload === undefined ? [] : ['env', `LD_PRELOAD=${preload}`]
  for (let kill = 0; kill < kills; kill += 1) {
    const worker = startWorker(args, { wrapper })
    const enough = 1 + Math.floor(random() * 120)
    await until(() => worker.lines.length >= enough)
    worker.child.kill('SIGKILL')
    await worker.ended
    afterKill?.(path)
    acknowledged += worker.lines.length
    lost.push(...(await findLost(path, worker.lines)))
    integrity.push(checkIntegrity(path))
  }
  return { acknowledged, lost, integrity }
}

async function findLost(
  path: string,
  lines: readonly Readonly<Record<string, unknown>>[],
): Promise<readonly string[]> {
  const store = await openStore({ url: `sqlite:${path}` })
  const lost: string[] = []
  for (const line of lines) {
    const id = String(line['enqueued'] ?? line['completed'])
    const state: JobState | undefined = (await findJob(store.db, id))?.state
    if (state === undefined || ('completed' in line && state !== 'succeeded')) lost.push(id)
  }
  await store.close()
  return lost
}

function checkIntegrity(path: string): unknown {
  const raw = new Sqlite(path)
  const result = raw.pragma('integrity_check', { simple: true })
  raw.close()
  return result
}
