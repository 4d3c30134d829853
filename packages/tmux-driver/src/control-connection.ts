import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { TmuxError } from './errors.ts'
import { Fifo } from './fifo.ts'
import { LineSplitter } from './line-splitter.ts'
import { type Block, ReplyReader } from './reply-reader.ts'

export interface ControlProcess {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export interface CommandRequest {
  /** One line of tmux commands, quoted already. */
  readonly line: string
  /** Whether the reply may hold several blocks, or text that a program in a pane wrote. */
  readonly fenced?: boolean
  readonly timeoutMs?: number
  readonly signal?: AbortSignal | undefined
}

/** How a connection ended. */
export interface ConnectionEnd {
  readonly reason: string
  /** What tmux said on standard error or in the block of its own command line. */
  readonly stderr: string
  readonly cause?: unknown
}

export interface ConnectionHandlers {
  notification(line: string): void
  lost(end: ConnectionEnd): void
}

interface Pending {
  readonly line: string
  readonly fence: string | undefined
  readonly dueAt: number
  sent: boolean
  settled: boolean
  resolve(blocks: readonly Block[]): void
  reject(error: unknown): void
}

const limits = { inFlight: 1024, waiting: 100_000, stderrCharacters: 2000, exitGraceMs: 1000 }

/** One `tmux -C` process: requests in, replies out, in order, any number at a time. */
export class ControlConnection {
  readonly #child: ChildProcess
  readonly #handlers: ConnectionHandlers
  readonly #timeoutMs: number
  readonly #secret = randomBytes(16).toString('hex')
  readonly #splitter = new LineSplitter()
  readonly #waiting = new Fifo<Pending>()
  readonly #inFlight = new Fifo<Pending>()
  readonly #reader: ReplyReader
  #fences = 0
  #flushing = false
  #timer: { readonly handle: NodeJS.Timeout; readonly dueAt: number } | undefined
  #said = ''
  #exitLine = ''
  #cause: unknown
  #end: ConnectionEnd | undefined
  #isEnding = false
  /** Settles when the process has ended. */
  readonly ended: Promise<ConnectionEnd>
  #markEnded: (end: ConnectionEnd) => void = () => undefined

  constructor(process: ControlProcess, handlers: ConnectionHandlers, timeoutMs: number) {
    this.#handlers = handlers
    this.#timeoutMs = timeoutMs
    this.ended = new Promise((resolve) => {
      this.#markEnded = resolve
    })
    this.#reader = new ReplyReader({
      fence: () => this.#inFlight.first?.fence,
      reply: (blocks) => this.#answer(blocks),
      notification: (line) => this.#notify(line),
      foreign: (block) => {
        if (block.failed) this.#say(block.lines.join('\n'))
      },
    })
    this.#child = spawn(process.program, process.args, { cwd: '/', env: process.env, stdio: 'pipe' })
    this.#listen(this.#child)
  }

  get isOpen(): boolean {
    return this.#end === undefined && !this.#isEnding
  }

  /** Sends one line; lines that are requested in one turn of the event loop go out in one write. */
  request(request: CommandRequest): Promise<readonly Block[]> {
    if (request.signal?.aborted === true) return Promise.reject(request.signal.reason)
    if (!this.isOpen) return Promise.reject(this.#lostError(request.line, false))
    if (this.#waiting.size >= limits.waiting) return Promise.reject(busyError(request.line))
    return new Promise((resolve, reject) => {
      const dueAt = performance.now() + (request.timeoutMs ?? this.#timeoutMs)
      const pending: Pending = {
        line: request.line,
        fence: request.fenced === true ? this.#nextFence() : undefined,
        dueAt,
        sent: false,
        settled: false,
        resolve,
        reject,
      }
      if (request.signal !== undefined) abortable(pending, request.signal)
      this.#waiting.push(pending)
      this.#arm(dueAt)
      this.#scheduleFlush()
    })
  }

  /** Detaches and waits for the process; the sessions stay. */
  async close(): Promise<void> {
    this.#isEnding = true
    this.#child.stdin?.end()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), limits.exitGraceMs * 3)
    await this.ended
    clearTimeout(timer)
  }

  /** Ends the process at once; what is in flight is rejected as lost. */
  abandon(): void {
    this.#child.kill('SIGKILL')
  }

  #nextFence(): string {
    this.#fences += 1
    return `${this.#secret}-${this.#fences}`
  }

  #listen(child: ChildProcess): void {
    child.stdout?.on('data', (chunk: Buffer) => {
      for (const line of this.#splitter.push(chunk)) this.#reader.push(line)
      if (this.#waiting.size > 0) this.#scheduleFlush()
    })
    child.stderr?.on('data', (chunk: Buffer) => this.#say(chunk.toString('utf8')))
    child.stdin?.on('error', (error) => {
      this.#cause ??= error
    })
    child.on('error', (error) => {
      this.#cause = error
      if (child.pid === undefined) this.#finish(error.message)
    })
    child.on('exit', () => {
      const timer = setTimeout(() => this.#finish('the tmux client ended'), limits.exitGraceMs)
      child.once('close', () => clearTimeout(timer))
    })
    child.on('close', (code, signal) =>
      this.#finish(`the tmux client ended with ${signal ?? `code ${code}`}`),
    )
  }

  #say(text: string): void {
    this.#said = `${this.#said}${this.#said === '' ? '' : '\n'}${text.trim()}`.slice(-limits.stderrCharacters)
  }

  #notify(line: string): void {
    if (line.startsWith('%exit')) this.#exitLine = line.slice(6)
    else this.#handlers.notification(line)
  }

  #scheduleFlush(): void {
    if (this.#flushing) return
    this.#flushing = true
    queueMicrotask(() => {
      this.#flushing = false
      this.#flush()
    })
  }

  #flush(): void {
    let text = ''
    while (this.#end === undefined && this.#inFlight.size < limits.inFlight) {
      const pending = this.#waiting.shift()
      if (pending === undefined) break
      if (pending.settled) continue
      pending.sent = true
      this.#inFlight.push(pending)
      text += `${pending.line}\n`
      if (pending.fence !== undefined) text += `display-message -p ${pending.fence}\n`
    }
    if (text !== '') this.#child.stdin?.write(text)
  }

  #answer(blocks: readonly Block[]): void {
    const pending = this.#inFlight.shift()
    if (pending === undefined || pending.settled) return
    pending.settled = true
    pending.resolve(blocks)
  }

  #arm(dueAt: number): void {
    if (this.#timer !== undefined && this.#timer.dueAt <= dueAt) return
    clearTimeout(this.#timer?.handle)
    const handle = setTimeout(() => this.#expire(), Math.max(0, dueAt - performance.now()))
    handle.unref()
    this.#timer = { handle, dueAt }
  }

  #expire(): void {
    this.#timer = undefined
    const now = performance.now()
    let nextAt = Number.POSITIVE_INFINITY
    for (const pending of [...this.#inFlight.toArray(), ...this.#waiting.toArray()]) {
      if (pending.settled) continue
      if (pending.dueAt > now) nextAt = Math.min(nextAt, pending.dueAt)
      else fail(pending, timeoutError(pending))
    }
    if (nextAt < Number.POSITIVE_INFINITY) this.#arm(nextAt)
  }

  #finish(reason: string): void {
    if (this.#end !== undefined) return
    this.#reader.end()
    const said = this.#exitLine === '' ? reason : this.#exitLine
    this.#end = {
      reason: said,
      stderr: this.#said,
      ...(this.#cause === undefined ? {} : { cause: this.#cause }),
    }
    clearTimeout(this.#timer?.handle)
    for (const pending of [...this.#inFlight.toArray(), ...this.#waiting.toArray()]) {
      if (!pending.settled) fail(pending, this.#lostError(pending.line, pending.sent))
    }
    this.#handlers.lost(this.#end)
    this.#markEnded(this.#end)
  }

  #lostError(line: string, sent: boolean): TmuxError {
    const reason = this.#end?.reason ?? 'it is being closed'
    return new TmuxError('SERVER_LOST', `the connection to the tmux server was lost: ${reason}`, {
      details: { command: line.slice(0, 200), stderr: this.#said, ...(sent ? { outcome: 'unknown' } : {}) },
      hint: sent
        ? 'Look at the server before you repeat the command: it may have run.'
        : 'Repeat the command.',
      cause: this.#cause,
    })
  }
}

function fail(pending: Pending, error: unknown): void {
  pending.settled = true
  pending.reject(error)
}

function abortable(pending: Pending, signal: AbortSignal): void {
  const abort = (): void => {
    if (!pending.settled) fail(pending, signal.reason)
  }
  const { resolve, reject } = pending
  signal.addEventListener('abort', abort, { once: true })
  pending.resolve = (blocks) => {
    signal.removeEventListener('abort', abort)
    resolve(blocks)
  }
  pending.reject = (error) => {
    signal.removeEventListener('abort', abort)
    reject(error)
  }
}

function timeoutError(pending: Pending): TmuxError {
  return new TmuxError('TIMEOUT', 'tmux did not answer in time', {
    details: { command: pending.line.slice(0, 200), ...(pending.sent ? { outcome: 'unknown' } : {}) },
    hint: 'The server may be busy or stopped; the command may still run.',
  })
}

function busyError(line: string): TmuxError {
  return new TmuxError('BUSY', `${limits.waiting} tmux commands wait already`, {
    details: { command: line.slice(0, 200) },
    hint: 'Await some of them before you send more.',
  })
}
