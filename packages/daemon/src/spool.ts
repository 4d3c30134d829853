import { type FSWatcher, readdirSync, readFileSync, renameSync, rmSync, watch } from 'node:fs'
import { join } from 'node:path'
import type { VerbRequest, VerbResult } from '@tmux-orchestrator/orchestrator'
import type { LogEntry } from './log-file.ts'
import { parseSpooledVerb } from './parse-verb.ts'

export interface SpoolOptions {
  readonly folder: string
  /** Where files go that nobody can make sense of, or that failed too often. */
  readonly badFolder: string
  /** Must take effect once per id, however often it is called. */
  readonly verb: (request: VerbRequest) => Promise<VerbResult>
  readonly log: (entry: LogEntry) => void
  /** Looks at the folder this often even when nothing announced a file. @defaultValue 30 000 */
  readonly intervalMs?: number
}

const maxAttempts = 20

/** Gives the verbs that agents called while no daemon ran to the engine: in order, each under its own id, each file gone afterwards. */
export class Spool {
  readonly #options: SpoolOptions
  readonly #attempts = new Map<string, number>()
  readonly #timer: NodeJS.Timeout
  readonly #watcher: FSWatcher
  #replayed = 0
  #isClosed = false
  #pass: Promise<void> = Promise.resolve()
  #isQueued = false

  constructor(options: SpoolOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.replay(), options.intervalMs ?? 30_000)
    this.#watcher = watch(options.folder, () => this.replay())
    // The watch only hurries what the interval does anyway; its folder may be removed with the home.
    this.#watcher.on('error', (error) =>
      options.log({ level: 'warn', event: 'spool:unwatched', message: error.message }),
    )
  }

  get replayed(): number {
    return this.#replayed
  }

  /** Resolves when everything that lies there now was tried. */
  replay(): Promise<void> {
    if (!this.#isQueued) {
      this.#isQueued = true
      this.#pass = this.#pass.then(() => this.#run())
    }
    return this.#pass
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    this.#watcher.close()
    await this.#pass
  }

  async #run(): Promise<void> {
    this.#isQueued = false
    const waiting = new Set<string>()
    for (const name of this.#list()) {
      if (this.#isClosed) return
      try {
        await this.#take(name, waiting)
      } catch (error) {
        // A folder that cannot be read or written now; the next pass tries again.
        if (!(error instanceof Error && 'code' in error)) throw error
        this.#options.log({ level: 'warn', event: 'spool:failed', file: name, message: error.message })
      }
    }
  }

  #list(): string[] {
    try {
      return readdirSync(this.#options.folder)
        .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
        .sort()
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error
      this.#options.log({ level: 'warn', event: 'spool:unreadable', message: error.message })
      return []
    }
  }

  /** `waiting`: agents of whom an earlier verb could not take effect yet; their later ones keep their place. */
  async #take(name: string, waiting: Set<string>): Promise<void> {
    const request = this.#read(name)
    if (request === undefined) return this.#discard(name, 'not a verb')
    if (waiting.has(request.as.agent)) return
    try {
      const { exitCode, stderr } = await this.#options.verb(request)
      this.#replayed += 1
      this.#attempts.delete(name)
      rmSync(join(this.#options.folder, name), { force: true })
      const { id, argv, as } = request
      const level = exitCode === 0 ? 'info' : 'warn'
      this.#options.log({
        level,
        event: 'spool:replayed',
        id,
        agent: as.agent,
        verb: argv[0] ?? '',
        exitCode,
        stderr,
      })
    } catch (error) {
      waiting.add(request.as.agent)
      this.#failed(name, error)
    }
  }

  #failed(name: string, error: unknown): void {
    const attempts = (this.#attempts.get(name) ?? 0) + 1
    this.#attempts.set(name, attempts)
    const message = error instanceof Error ? error.message : String(error)
    if (attempts >= maxAttempts) this.#discard(name, message)
    else this.#options.log({ level: 'warn', event: 'spool:failed', file: name, attempts, message })
  }

  #discard(name: string, reason: string): void {
    this.#attempts.delete(name)
    renameSync(join(this.#options.folder, name), join(this.#options.badFolder, name))
    this.#options.log({ level: 'error', event: 'spool:discarded', file: name, reason })
  }

  #read(name: string): VerbRequest | undefined {
    try {
      return parseSpooledVerb(readFileSync(join(this.#options.folder, name), 'utf8'))
    } catch (error) {
      if (error instanceof SyntaxError) return undefined
      throw error
    }
  }
}
