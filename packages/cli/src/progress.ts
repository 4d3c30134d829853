import type { Palette } from './color.ts'
import type { Output } from './context.ts'
import { cutToWidth, formatDuration, toPlainText, toSingleLine } from './format.ts'

/** One piece of work in progress. Ending it twice changes nothing. */
export interface Step {
  /** Replaces the text behind the name, such as a count. */
  update(detail: string): void
  done(detail?: string): void
  fail(detail?: string): void
  skip(detail?: string): void
}

/** Says on stderr how far the work is: rewritten lines on a terminal, one plain line per change of state elsewhere. */
export interface Progress {
  step(name: string): Step
  /** A line of its own above the running steps. */
  log(line: string): void
  /** Ends the drawing; steps that still run are left as they stand. */
  close(): void
}

/** Where progress is written, and how. */
export interface ProgressOptions {
  readonly stderr: Output
  readonly colors: Palette
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** `silent`: nothing at all; `plain`: a line per change; `live`: lines rewritten in place. */
  readonly mode: 'silent' | 'plain' | 'live'
}

interface Running {
  readonly name: string
  readonly startedAt: number
  detail: string
}

const redrawMs = 500
const marks = { done: '✓', failed: '✗', skipped: '-' } as const

/** Makes the progress that fits the stream. */
export function createProgress(options: ProgressOptions): Progress {
  return options.mode === 'silent' ? silentProgress : new LineProgress(options)
}

const silentStep: Step = { update() {}, done() {}, fail() {}, skip() {} }
const silentProgress: Progress = { step: () => silentStep, log() {}, close() {} }

class LineProgress implements Progress {
  readonly #options: ProgressOptions
  readonly #running = new Set<Running>()
  #drawnLines = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: ProgressOptions) {
    this.#options = options
  }

  step(name: string): Step {
    const step: Running = { name: toLine(name), startedAt: this.#options.now(), detail: '' }
    this.#running.add(step)
    if (this.#options.mode === 'plain') this.#write(`${step.name} …\n`)
    else this.#redraw()
    return {
      update: (detail) => this.#update(step, detail),
      done: (detail) => this.#end(step, 'done', detail),
      fail: (detail) => this.#end(step, 'failed', detail),
      skip: (detail) => this.#end(step, 'skipped', detail),
    }
  }

  log(line: string): void {
    this.#erase()
    this.#write(`${line}\n`)
    this.#draw()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#drawnLines = 0
    this.#running.clear()
  }

  #update(step: Running, detail: string): void {
    const line = toLine(detail)
    if (!this.#running.has(step) || step.detail === line) return
    step.detail = line
    if (this.#options.mode === 'plain') this.#write(`${step.name}: ${line}\n`)
    else this.#redraw()
  }

  #end(step: Running, state: keyof typeof marks, detail = step.detail): void {
    if (!this.#running.delete(step)) return
    const { colors, now } = this.#options
    const paint = { done: colors.green, failed: colors.red, skipped: colors.dim }[state]
    const elapsed = colors.dim(formatDuration(now() - step.startedAt))
    const text = detail === '' ? step.name : `${step.name}: ${toLine(detail)}`
    this.#erase()
    this.#write(`${paint(marks[state])} ${text}${state === 'done' ? '' : ` (${state})`} ${elapsed}\n`)
    this.#draw()
  }

  #redraw(): void {
    this.#erase()
    this.#draw()
  }

  #draw(): void {
    if (this.#options.mode !== 'live') return
    if (this.#running.size === 0) {
      this.#stopTimer()
      return
    }
    this.#timer ??= setInterval(() => this.#redraw(), redrawMs).unref()
    const width = this.#options.stderr.columns ?? 80
    const lines = [...this.#running].map((step) => this.#line(step, width))
    this.#write(`${lines.join('\n')}\n`)
    this.#drawnLines = lines.length
  }

  #line(step: Running, width: number): string {
    const elapsed = formatDuration(this.#options.now() - step.startedAt)
    const text = `… ${step.detail === '' ? step.name : `${step.name}: ${step.detail}`} ${elapsed}`
    return cutToWidth(text, width - 1)
  }

  #erase(): void {
    if (this.#drawnLines > 0) this.#write(`\u001b[${this.#drawnLines}A\u001b[0J`)
    this.#drawnLines = 0
  }

  #stopTimer(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #write(text: string): void {
    this.#options.stderr.write(text)
  }
}

/** Names and details may come from agents and specs: one line, and nothing that drives the terminal. */
function toLine(text: string): string {
  return toSingleLine(toPlainText(text))
}
