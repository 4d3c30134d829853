import { join } from 'node:path'
import { findJob, openStore, type Store } from '@tmux-orchestrator/scheduler-db'
import type { StartedProgram } from '@tmux-orchestrator/scheduler-db/testing'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startJobWorker } from '../test/job-workers.ts'
import { type RunningDaemon, type TemporaryHome, temporaryHome, waitFor } from '../test/temporary-home.ts'

const slice = process.env['TMO_SLICE']
const seed = slice === undefined ? 1 : Number(slice)
const jobCount = slice === undefined ? 10_000 : 1_000
const kills = slice === undefined ? 200 : 8

let place: TemporaryHome
beforeEach(() => {
  place = temporaryHome()
})
afterEach(async () => {
  await place.remove()
})

const queue = 'parcels'

test(`twenty processes do ${jobCount} jobs through one daemon, each once, and none of them starves`, async () => {
  const { client } = await place.start()
  for (let from = 0; from < jobCount; from += 1_000) {
    const jobs = Array.from({ length: 1_000 }, (_, index) => ({ queue, kind: 'pack', payload: from + index }))
    await client.call('jobs.enqueue', { jobs })
  }
  const workers = Array.from({ length: 20 }, () => startJobWorker(place, ['drain', queue]))
  await waitFor(() => workers.every(({ lines }) => lines.length > 0))
  for (const { child } of workers) child.stdin?.write('go\n')
  const codes = await Promise.all(workers.map(({ ended }) => ended))
  expect(new Set(codes)).toEqual(new Set([0]))
  const done = workers.map(({ lines }) => lines.filter((line) => 'done' in line))
  expect(done.flat()).toHaveLength(jobCount)
  expect(new Set(done.flat().map((line) => line['done'])).size).toBe(jobCount)
  expect(done.flat().every((line) => line['attempt'] === 1)).toBe(true)
  const fewest = Math.min(...done.map(({ length }) => length))
  expect(fewest).toBeGreaterThan(jobCount / 20 / 3)
})

test(`after ${kills} kills of the daemon and its clients under load nothing acknowledged is lost, nothing done twice (seed ${seed})`, async () => {
  const random = seeded(seed)
  let daemon = await startDaemon()
  const workers: StartedProgram[] = Array.from({ length: 3 }, () => startJobWorker(place, ['work', queue]))
  const retired: StartedProgram[] = []
  const said = (): number => [...workers, ...retired].reduce((sum, { lines }) => sum + lines.length, 0)
  for (let kill = 0; kill < kills; kill += 1) {
    const enough = said() + 1 + Math.floor(random() * 150)
    await waitFor(() => said() >= enough)
    if (random() < 0.5) {
      daemon.child.kill('SIGKILL')
      await daemon.ended
      daemon = await startDaemon()
    } else {
      const [victim] = workers.splice(Math.floor(random() * workers.length), 1)
      victim?.child.kill('SIGKILL')
      await victim?.ended
      if (victim !== undefined) retired.push(victim)
      workers.push(startJobWorker(place, ['work', queue]))
    }
  }
  for (const { child, ended } of workers) {
    child.kill('SIGKILL')
    await ended
  }
  daemon.child.kill('SIGKILL')
  await daemon.ended
  const lines = [...workers, ...retired].flatMap((worker) => worker.lines)
  const completed = lines.flatMap((line) =>
    typeof line['completed'] === 'string' ? [line['completed']] : [],
  )
  const enqueued = lines.flatMap((line) => (typeof line['enqueued'] === 'string' ? [line['enqueued']] : []))
  expect(completed.length).toBeGreaterThan(kills)
  expect(new Set(completed).size).toBe(completed.length)
  const path = join(place.home, 'tmo.db')
  await using store = await openStore({ url: `sqlite:${path}` })
  expect(await statesOtherThan(store, enqueued, undefined)).toEqual([])
  expect(await statesOtherThan(store, completed, 'succeeded')).toEqual([])
  const raw = new Sqlite(path, { readonly: true })
  expect(raw.pragma('integrity_check', { simple: true })).toBe('ok')
  raw.close()
})

async function startDaemon(): Promise<RunningDaemon> {
  const { daemon, client } = await place.start()
  await client.close()
  return daemon
}

/** The ids whose job is missing, or is not in the state that is named. */
async function statesOtherThan(
  store: Store,
  ids: readonly string[],
  state: string | undefined,
): Promise<readonly string[]> {
  const wrong: string[] = []
  for (const id of ids) {
    const job = await findJob(store.db, id)
    if (job === undefined || (state !== undefined && job.state !== state)) wrong.push(id)
  }
  return wrong
}

/** The same numbers in [0, 1) for the same seed. */
function seeded(from: number): () => number {
  let state = from >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
