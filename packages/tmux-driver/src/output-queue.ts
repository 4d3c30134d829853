import type { PaneId } from './ids.ts'
import type { OutputEvent } from './output-events.ts'
import { decodeOutput, outputLength } from './output-lines.ts'

const firstBytes = 256

/** Bytes of one pane that wait; they grow in place, as tmux tells them some thirty at a time. */
class Run {
  readonly pane: PaneId
  #bytes = Buffer.allocUnsafe(firstBytes)
  length = 0

  constructor(pane: PaneId) {
    this.pane = pane
  }

  append(data: string): void {
    const needed = this.length + data.length
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
      this.#bytes.copy(grown, 0, 0, this.length)
      this.#bytes = grown
    }
    this.length = decodeOutput(data, this.#bytes, this.length)
  }

  toEvent(): OutputEvent {
    return { type: 'bytes', pane: this.pane, bytes: this.#bytes.subarray(0, this.length) }
  }
}

/** What waits to be taken from one stream: in order within a pane, and what one pane printed in a row as one event. */
export class OutputQueue {
  /** In the order in which they came; a set lets go of what is taken at once. */
  readonly #items = new Set<Run | OutputEvent>()
  readonly #open = new Map<PaneId, Run>()
  #bytes = 0
  #lastEvent: OutputEvent | undefined
  #wake: (() => void) | undefined

  /** Bytes that wait, those of screens too. */
  get bytes(): number {
    return this.#bytes
  }

  /** The event that came last and still waits; `undefined` where that is bytes. */
  get last(): OutputEvent | undefined {
    return this.#items.size === 0 || this.#open.size > 0 ? undefined : this.#lastEvent
  }

  append(pane: PaneId, data: string): void {
    let run = this.#open.get(pane)
    if (run === undefined) {
      run = new Run(pane)
      this.#open.set(pane, run)
      this.#items.add(run)
    }
    run.append(data)
    this.#bytes += outputLength(data)
    this.#tell()
  }

  push(event: OutputEvent): void {
    if ('pane' in event) this.#open.delete(event.pane)
    this.#items.add(event)
    this.#lastEvent = event
    this.#bytes += weight(event)
    this.#tell()
  }

  take(): OutputEvent | undefined {
    const [item] = this.#items
    if (item === undefined) return undefined
    this.#items.delete(item)
    if (item instanceof Run) {
      if (this.#open.get(item.pane) === item) this.#open.delete(item.pane)
      this.#bytes -= item.length
      return item.toEvent()
    }
    this.#bytes -= weight(item)
    return item
  }

  /** Until something waits, or {@link wake} is called. */
  async ready(): Promise<void> {
    if (this.#items.size > 0) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }

  readonly wake = (): void => this.#tell()

  #tell(): void {
    this.#wake?.()
    this.#wake = undefined
  }
}

/** What an event takes besides its text, roughly. */
const eventBytes = 64

function weight(event: OutputEvent): number {
  return eventBytes + (event.type === 'screen' ? Buffer.byteLength(event.screen.text) : 0)
}
