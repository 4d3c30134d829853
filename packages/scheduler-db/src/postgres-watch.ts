import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type ClientConfig } from 'pg'
import { changesChannel } from './postgres-schema.ts'
import type { StoreWatch } from './store.ts'

export interface PostgresWatchOptions {
  readonly config: ClientConfig
  readonly onChange: () => void
  /** How often the connection must prove that it lives, and how long it may take. @defaultValue 5000 */
  readonly pingMs?: number
}

const pauseMsMax = 5_000

/**
 * Listens on a connection of its own. One that is dead without a word (a firewall forgot it, the server's machine lost
 * power) is found by asking over that very connection, and made anew; what was missed meanwhile counts as a change.
 */
export async function watchPostgres(options: PostgresWatchOptions): Promise<StoreWatch> {
  const aborter = new AbortController()
  const { signal } = aborter
  const first = await listen(options)
  const over = keepListening(first, options, signal)
  const close = async (): Promise<void> => {
    aborter.abort()
    await over
  }
  return { close, [Symbol.asyncDispose]: close }
}

async function keepListening(
  first: Client,
  options: PostgresWatchOptions,
  signal: AbortSignal,
): Promise<void> {
  let client: Client | undefined = first
  let pauseMs = 50
  while (!signal.aborted) {
    if (client !== undefined) {
      await untilDead(client, options.pingMs ?? 5_000, signal)
      destroy(client)
      client = undefined
      continue
    }
    try {
      client = await listen(options)
      pauseMs = 50
      if (!signal.aborted) options.onChange()
    } catch (error) {
      if (!(error instanceof Error)) throw error
      await sleep(pauseMs * (0.5 + Math.random()), undefined, { signal, ref: false }).catch(() => undefined)
      pauseMs = Math.min(pauseMs * 2, pauseMsMax)
    }
  }
  if (client !== undefined) destroy(client)
}

async function listen({ config, onChange, pingMs = 5_000 }: PostgresWatchOptions): Promise<Client> {
  const client = new Client({ ...config, keepAlive: true, connectionTimeoutMillis: pingMs })
  // 'end' follows, and the loop asks for it.
  client.on('error', () => undefined)
  try {
    await client.connect()
    client.on('notification', () => onChange())
    await client.query(`LISTEN ${changesChannel}`)
    return client
  } catch (error) {
    destroy(client)
    throw error
  }
}

/** Resolves when the connection ended, did not answer in time, or the watch is over. */
async function untilDead(client: Client, pingMs: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController()
  const end = (): void => over.abort()
  client.once('end', end)
  client.once('error', end)
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  try {
    while (!over.signal.aborted) {
      await sleep(pingMs, undefined, { signal: over.signal, ref: false })
      const answer = client.query('SELECT 1').then(
        () => true,
        () => false,
      )
      const late = sleep(pingMs, false, { signal: over.signal, ref: false })
      if (!(await Promise.race([answer, late]))) return
    }
  } catch (error) {
    if (!over.signal.aborted) throw error
  } finally {
    client.off('end', end)
    client.off('error', end)
    signal.removeEventListener('abort', end)
  }
}

/** Without the farewell that a dead peer would never take. */
function destroy(client: Client): void {
  const { stream } = client.connection
  if (stream.destroyed) return
  stream.destroy()
}
