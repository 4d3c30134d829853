import type { ModelRequestRecord, RequestOutcome } from './request-record.ts'

export interface RequestLogLimits {
  readonly entriesMax: number
  /** Of all texts together; the oldest requests are forgotten first, never the newest. */
  readonly bytesMax: number
}

interface Entry {
  readonly record: ModelRequestRecord
  readonly bytes: number
}

/** The latest requests, oldest first, in bounded memory. */
export class RequestLog {
  readonly #limits: RequestLogLimits
  readonly #entries = new Map<number, Entry>()
  #bytes = 0

  constructor(limits: RequestLogLimits) {
    this.#limits = limits
  }

  add(record: ModelRequestRecord): void {
    const bytes = record.inputs.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
    this.#entries.set(record.seq, { record, bytes })
    this.#bytes += bytes
    for (const [seq, entry] of this.#entries) {
      const isFull = this.#entries.size > this.#limits.entriesMax || this.#bytes > this.#limits.bytesMax
      if (!isFull || seq === record.seq) break
      this.#entries.delete(seq)
      this.#bytes -= entry.bytes
    }
  }

  /** The record with its outcome; undefined when it has been forgotten. */
  settle(seq: number, outcome: RequestOutcome): ModelRequestRecord | undefined {
    const entry = this.#entries.get(seq)
    if (!entry) return undefined
    const record = { ...entry.record, outcome }
    this.#entries.set(seq, { ...entry, record })
    return record
  }

  list(): readonly ModelRequestRecord[] {
    return [...this.#entries.values()].map(({ record }) => record)
  }

  clear(): void {
    this.#entries.clear()
    this.#bytes = 0
  }
}
