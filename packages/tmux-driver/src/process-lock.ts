import { randomUUID } from 'node:crypto'
import { connect, createServer, type Socket } from 'node:net'

/** How long one holder is waited for: it is stuck, and must not keep everybody else. */
const stuckMs = 10_000

export interface ProcessLock {
  release(): void
}

/**
 * A lock that no two processes hold: an abstract socket (Linux), which leaves no file and goes with its process. Whoever waits is
 * connected to the holder and woken by its release. A holder that is stuck is passed by: then there is no lock.
 */
export async function lockAcrossProcesses(
  name: string,
  platform: NodeJS.Platform = process.platform,
): Promise<ProcessLock | undefined> {
  if (platform !== 'linux') return undefined
  let holder: string | undefined
  let since = performance.now()
  for (;;) {
    const lock = await listen(name)
    if (lock !== 'taken') return lock
    const before = holder
    holder = await waitForRelease(name, stuckMs - (performance.now() - since), (id) => {
      if (id !== before) since = performance.now()
    })
    if (performance.now() - since >= stuckMs) return undefined
  }
}

/** What cannot be had for another reason than a holder is done without. */
function listen(name: string): Promise<ProcessLock | 'taken' | undefined> {
  const id = randomUUID()
  const waiting = new Set<Socket>()
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      waiting.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => waiting.delete(socket))
      socket.write(id)
      socket.unref()
    })
    server.once('error', (error) =>
      resolve('code' in error && error.code === 'EADDRINUSE' ? 'taken' : undefined),
    )
    const release = (): void => {
      server.close()
      for (const socket of waiting) socket.destroy()
    }
    // `exclusive`: otherwise the workers of a cluster would share it.
    server.listen({ path: name, exclusive: true }, () => resolve({ release }))
    server.unref()
  })
}

/** Resolves with who holds the lock when they let go of it, or when the time is over. */
function waitForRelease(
  name: string,
  limitMs: number,
  told: (holder: string) => void,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    let holder: string | undefined
    const socket = connect(name)
    const timer = setTimeout(() => socket.destroy(), Math.max(1, limitMs))
    socket.on('data', (data) => {
      holder = data.toString()
      told(holder)
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(holder)
    })
  })
}
