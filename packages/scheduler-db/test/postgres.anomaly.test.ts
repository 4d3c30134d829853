import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { enqueueJob, findJob, type NoTables, openStore, type Store } from '../src/index.ts'
import { connectionConfig } from '../src/postgres.ts'
import { watchPostgres } from '../src/postgres-watch.ts'
import {
  type TemporaryPostgres,
  type TemporaryStore,
  temporaryPostgres,
  temporaryStore,
} from '../src/testing.ts'
import { until } from './processes.ts'

let postgres: TemporaryPostgres
let home: TemporaryStore<NoTables>
beforeAll(async () => {
  postgres = await temporaryPostgres({ fsync: true })
  home = await temporaryStore({ postgres })
})
afterAll(async () => {
  await home[Symbol.asyncDispose]()
  await postgres[Symbol.asyncDispose]()
})

const enqueue = (store: Store, payload = 'x'): Promise<{ id: string }> =>
  store.transaction((tx) => enqueueJob(tx, { queue: 'q', kind: 'k', payload }, { now: 1 }))

/** Stands between a client and the server, and can fall silent without closing anything. */
class Wire {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'tmo-wire-'))
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isSilent = false

  constructor(to: string) {
    this.#server = createServer((near) => {
      const far = connect(join(to, '.s.PGSQL.5432'))
      const forThis = !this.#isSilent
      for (const socket of [near, far]) {
        this.#sockets.add(socket)
        socket.on('error', () => socket.destroy())
      }
      near.on('data', (chunk) => this.#pass(far, chunk, forThis))
      far.on('data', (chunk) => this.#pass(near, chunk, forThis))
      near.on('close', () => far.destroy())
    })
  }

  async open(): Promise<this> {
    await new Promise<void>((done) => this.#server.listen(join(this.folder, '.s.PGSQL.5432'), done))
    return this
  }

  /** Connections of before say nothing any more; new ones work. */
  silence(): void {
    this.#isSilent = true
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  #pass(to: Socket, chunk: Buffer, isOld: boolean): void {
    if (!(this.#isSilent && isOld)) to.write(chunk)
  }
}

test('a listener whose connection died without a word notices, connects anew, and takes what it missed for a change', async () => {
  const wire = await new Wire(postgres.folder).open()
  const url = home.url.replace(encodeURIComponent(postgres.folder), encodeURIComponent(wire.folder))
  let calls = 0
  const watch = await watchPostgres({
    config: connectionConfig({ url, durability: 'full', waitMs: 5_000 }),
    onChange: () => {
      calls += 1
    },
    pingMs: 100,
  })
  await enqueue(home.store)
  await until(() => calls === 1)
  wire.silence()
  await enqueue(home.store, 'unheard')
  await until(() => calls >= 2)
  const before = calls
  await enqueue(home.store, 'heard again')
  await until(() => calls > before)
  await watch.close()
  wire.close()
})

test('what was acknowledged survives the loss of all processes of the server, and the store goes on by itself', async () => {
  const acknowledged: string[] = []
  let failure: unknown
  const writing = (async () => {
    while (failure === undefined) {
      await enqueue(home.store).then(
        ({ id }) => acknowledged.push(id),
        (error: unknown) => {
          failure = error
        },
      )
    }
  })()
  await until(() => acknowledged.length > 50)
  await postgres.kill()
  await writing
  expect(['UNREACHABLE', 'OUTCOME_UNKNOWN']).toContain((failure as { code?: string }).code)
  await expect(enqueue(home.store)).rejects.toMatchObject({ code: 'UNREACHABLE', hint: expect.any(String) })
  await postgres.restart()
  const { id } = await enqueue(home.store)
  for (const each of [...acknowledged, id]) expect(await findJob(home.store.db, each)).toBeDefined()
})

test('an address that leads nowhere, or that the server refuses, says so without the password', async () => {
  const nowhere = openStore({ url: 'postgres://me:secret@127.0.0.1:1/tmo' })
  await expect(nowhere).rejects.toMatchObject({ code: 'UNREACHABLE' })
  await expect(nowhere).rejects.not.toMatchObject({ message: expect.stringContaining('secret') })
  const missing = home.url.replace('/postgres?', '/absent?')
  await expect(openStore({ url: missing })).rejects.toMatchObject({ code: 'REFUSED' })
  await expect(openStore({ url: 'postgres://' })).rejects.toMatchObject({ name: 'StoreError' })
})

test('a temporary server leaves nothing behind', async () => {
  const server = await temporaryPostgres()
  const { folder } = server
  await server[Symbol.asyncDispose]()
  expect(existsSync(folder)).toBe(false)
})
