import { Pool, type PoolConfig, types } from 'pg'
import { StoreError } from './errors.ts'

export interface OpenPoolOptions {
  readonly url: string
  readonly durability: 'full' | 'fast'
  readonly waitMs: number
}

/** How a connection is made: the address, whole numbers as numbers, and what our promises need of the server. */
export function connectionConfig({ url, durability, waitMs }: OpenPoolOptions): PoolConfig {
  const address = new URL(url)
  // The driver would take an address's own settings in place of ours.
  const own = address.searchParams.get('options') ?? ''
  address.searchParams.delete('options')
  return {
    connectionString: address.href,
    connectionTimeoutMillis: waitMs,
    keepAlive: true,
    application_name: 'tmux-orchestrator',
    types: { getTypeParser: (id, format) => (id === int8 ? Number : types.getTypeParser(id, format)) },
    options: `${own} ${settings({
      synchronous_commit: durability === 'full' ? 'on' : 'off',
      // A client that lost its power holds locks, and event readers, no longer than this.
      idle_in_transaction_session_timeout: '60000',
      tcp_keepalives_idle: '30',
      tcp_keepalives_interval: '10',
      tcp_keepalives_count: '3',
    })}`,
  }
}

/** Our numbers are milliseconds and counts, below 2^53. */
const int8 = 20

function settings(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ')
}

export interface Pools {
  readonly writer: Pool
  /** Its connections cannot write. */
  readonly reader: Pool
}

export function openPools(options: OpenPoolOptions): Pools {
  const config = connectionConfig(options)
  const writer = new Pool({ ...config, max: 8 })
  const reader = new Pool({
    ...config,
    max: 4,
    options: `${config.options} -c default_transaction_read_only=on`,
  })
  for (const pool of [writer, reader]) {
    // An idle connection that the server closes is replaced at the next use; one that is lent fails its next statement.
    pool.on('error', () => undefined)
    pool.on('connect', (client) => client.on('error', () => undefined))
  }
  return { writer, reader }
}

/**
 * The address without its password, for messages.
 *
 * @throws StoreError `BAD_ADDRESS`
 */
export function withoutPassword(address: string): string {
  try {
    const url = new URL(address)
    url.password = ''
    url.searchParams.delete('password')
    return url.href
  } catch (cause) {
    throw new StoreError('BAD_ADDRESS', 'not the address of a PostgreSQL database', {
      hint: 'use postgres://user:password@host:5432/database',
      cause,
    })
  }
}
