import { readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Context } from './context.ts'
import { WorktreeError } from './errors.ts'
import { unlessAbsent } from './half-made.ts'
import { locateWorktree } from './locate-worktree.ts'
import type { AssignPortsOptions, PortRange } from './prepare-types.ts'

const defaults = { size: 10, from: 20_000, to: 30_000 } as const
const name = 'tmo-ports'

/** Written down in the worktree's git directory, so that the range is its own until it is removed. */
export async function assignPorts(
  context: Context,
  path: string,
  options: AssignPortsOptions = {},
): Promise<PortRange> {
  const { size, from, to, preferred = from, signal } = { ...defaults, ...options }
  if (!(Number.isInteger(size) && size > 0 && from > 0 && to <= 65_536 && from + size <= to))
    throw new RangeError(`no ${size} ports fit between ${from} and ${to}`)
  const located = await locateWorktree(context, path)
  if (located.status === 'broken' || located.main)
    throw new WorktreeError('NOT_A_REPOSITORY', `no ports for ${path}: it is no linked worktree`, {
      details: { path },
      hint: 'listWorktrees() tells which there are.',
    })
  return context.lock.hold(async () => {
    const own = await readRange(join(located.gitDir, name))
    if (own !== undefined) return own
    const folder = join(context.commonDir, 'worktrees')
    const others = await Promise.all((await readdir(folder)).map((one) => readRange(join(folder, one, name))))
    const taken = [...others.filter((range) => range !== undefined), ...(options.taken ?? [])]
    const count = Math.floor((to - from) / size)
    const begin = Math.max(0, Math.floor((preferred - from) / size))
    for (let step = 0; step < count; step += 1) {
      const first = from + ((begin + step) % count) * size
      const range = { first, last: first + size - 1 }
      const isTaken = taken.some((other) => other.first <= range.last && range.first <= other.last)
      if (isTaken || !(await isFree(range))) continue
      await writeFile(join(located.gitDir, name), `${range.first} ${range.last}\n`)
      return range
    }
    throw new WorktreeError('NO_PORTS', `no ${size} ports are free between ${from} and ${to}`, {
      details: { from, to, size },
      hint: 'Remove worktrees that are not needed, or give a wider range.',
    })
  }, signal)
}

async function readRange(file: string): Promise<PortRange | undefined> {
  const text = await unlessAbsent(readFile(file, 'utf8'))
  const [, first, last] = /^(\d+) (\d+)\n$/.exec(text ?? '') ?? []
  return first === undefined ? undefined : { first: Number(first), last: Number(last) }
}

/** Nobody listens on any of them now, on the loopback. */
async function isFree({ first, last }: PortRange): Promise<boolean> {
  const ports = Array.from({ length: last - first + 1 }, (_, at) => first + at)
  return (await Promise.all(ports.map(canListen))).every(Boolean)
}

function canListen(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer()
    server.once('error', () => done(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => done(true)))
  })
}
