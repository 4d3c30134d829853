import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context } from './context.ts'
import { machineOf } from './owner-record.ts'
import { livenessOf, type ProcessIdentity } from './process-identity.ts'

/** Runs `fn` with a temporary folder. Its name tells whose it is, so that what a killed process left is removed by the next one. */
export async function withScratch<T>(context: Context, fn: (folder: string) => Promise<T>): Promise<T> {
  const { self } = context
  const folder = await mkdtemp(join(tmpdir(), `tmo-git-${machineOf(self)}-${self.pid}-${self.startTime}-`))
  try {
    await sweepOnce(context)
    return await fn(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function sweepOnce(context: Context): Promise<void> {
  if (context.sweeps.done) return
  context.sweeps.done = true
  for (const name of await readdir(tmpdir())) {
    const owner = ownerOf(name, context.self)
    if (owner === undefined || (await livenessOf(owner, context.self)) !== 'dead') continue
    await rm(join(tmpdir(), name), { recursive: true, force: true })
  }
}

/** Absent for a folder of something else, or of another machine, boot or pid namespace. */
function ownerOf(name: string, self: ProcessIdentity): ProcessIdentity | undefined {
  const [, machine, pid, startTime = ''] = /^tmo-git-([0-9a-f]{8})-(\d+)-(\d*)-\w{6}$/.exec(name) ?? []
  return machine === machineOf(self) ? { ...self, pid: Number(pid), startTime } : undefined
}
