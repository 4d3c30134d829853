import { closeSync, existsSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export interface LogEntry {
  readonly level: LogLevel
  readonly event: string
  readonly [detail: string]: unknown
}

export interface LogFileOptions {
  /** Size at which a new file is begun. @defaultValue 10 MB */
  readonly maxBytes?: number
  /** Old files beside the current one. @defaultValue 3 */
  readonly keep?: number
}

/** JSON lines in a file that never grows without end. A line that cannot be written (full disk) is counted and given up. */
export class LogFile {
  readonly #path: string
  readonly #maxBytes: number
  readonly #keep: number
  #file: number
  #bytes: number
  #lost = 0

  constructor(path: string, options: LogFileOptions = {}) {
    this.#path = path
    this.#maxBytes = options.maxBytes ?? 10_000_000
    this.#keep = options.keep ?? 3
    this.#file = openSync(path, 'a', 0o600)
    this.#bytes = fstatSync(this.#file).size
  }

  /** Lines that could not be written. */
  get lost(): number {
    return this.#lost
  }

  write(entry: LogEntry): void {
    const line = `${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`
    try {
      if (this.#bytes > 0 && this.#bytes + line.length > this.#maxBytes) this.#rotate()
      this.#bytes += writeSync(this.#file, line)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error
      this.#lost += 1
    }
  }

  close(): void {
    closeSync(this.#file)
  }

  #rotate(): void {
    for (let index = this.#keep - 1; index >= 1; index -= 1) {
      if (existsSync(`${this.#path}.${index}`))
        renameSync(`${this.#path}.${index}`, `${this.#path}.${index + 1}`)
    }
    if (this.#keep > 0) renameSync(this.#path, `${this.#path}.1`)
    closeSync(this.#file)
    this.#file = openSync(this.#path, this.#keep > 0 ? 'a' : 'w', 0o600)
    this.#bytes = 0
  }
}
