import { type Environment, ensureHome, resolveHome } from './home.ts'

/** The home's one lock; while it is held no daemon starts there. */
export interface HomeLock extends AsyncDisposable {
  close(): Promise<void>
}

/**
 * Takes the lock that a daemon of the home lives under, for work that no daemon may see half done.
 *
 * @throws DaemonError ALREADY_RUNNING, with the holder's pid, also for a daemon that answers nobody; HOME_UNUSABLE
 */
export async function lockHome({ env = process.env }: { env?: Environment } = {}): Promise<HomeLock> {
  const home = resolveHome(env)
  // Not loaded with the package: a client needs nothing of the database.
  const { takeLifeLock } = await import('./life-lock.ts')
  const lock = await takeLifeLock(home, ensureHome(home))
  const close = async (): Promise<void> => lock.release()
  return { close, [Symbol.asyncDispose]: close }
}
