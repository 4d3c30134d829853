import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { ignoreTmuxError, TmuxError } from './errors.ts'
import { Fifo } from './fifo.ts'
import { LineSplitter } from './line-splitter.ts'
import { type CommandRequest, Pending } from './pending.ts'
import { type Block, ReplyReader } from './reply-reader.ts'
import { shownCommand } from './shown-command.ts'

export interface ControlProcess {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
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

export interface ConnectionOptions {
  readonly timeoutMs: number
  /** How lines are read: `latin1` gives one character a byte. */
  readonly encoding: 'utf8' | 'latin1'
}

/** Refilling at half keeps writes large: a line per reply would cost a system call and a wake-up each. */
const limits = {
  inFlight: 4096,
  refillBelow: 2048,
  /** So many requests of one turn do not wait for its end: the server works while more are made. */
  early: 128,
  waiting: 100_000,
  /** A process that waits for one answer at most so long without sleeping, if the last one came as fast. */
  quickMs: 0.5,
  stderrCharacters: 2000,
  exitGraceMs: 1000,
  closeMs: 3000,
}

/** One `tmux -C` process: requests in, replies out, in order, any number at a time. */
export class ControlConnection {
  readonly #child: ChildProcess
  readonly #handlers: ConnectionHandlers
  readonly #timeoutMs: number
  readonly #secret = randomBytes(16).toString('hex')
  readonly #splitter: LineSplitter
  readonly #waiting = new Fifo<Pending>()
  readonly #inFlight = new Fifo<Pending>()
  readonly #reader: ReplyReader
  #fences = 0
  #flushing = false
  #sentAt = 0
  #answersQuickly = false
  #timer: { readonly handle: NodeJS.Timeout; readonly dueAt: number } | undefined
  #said = ''
  #exitLine = ''
  #cause: unknown
  #end: ConnectionEnd | undefined
  #isEnding = false
  #holds = 0
  #whenQuiet: (() => void)[] = []
  /** Settles when the process has ended. */
  readonly ended: Promise<ConnectionEnd>
  #markEnded: (end: ConnectionEnd) => void = () => undefined

  constructor(process: ControlProcess, handlers: ConnectionHandlers, options: ConnectionOptions) {
    this.#handlers = handlers
    this.#timeoutMs = options.timeoutMs
    this.#splitter = new LineSplitter(options.encoding)
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
    const { program, args, env } = process
    // In a process group of its own, so that Ctrl-C on our terminal does not end the client before we let go.
    this.#child = spawn(program, args, { cwd: '/', env, stdio: 'pipe', detached: true })
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
    const dueAt = performance.now() + (request.timeoutMs ?? this.#timeoutMs)
    const pending = new Pending(request, request.fenced === true ? this.#nextFence() : undefined, dueAt)
    this.#waiting.push(pending)
    this.#arm(dueAt)
    if (this.#waiting.size >= limits.early) this.#flush()
    else this.#scheduleFlush()
    return pending.reply
  }

  /** Sends nothing more until {@link release}; resolves when all that was sent is answered, or can be no more. */
  async hold(): Promise<void> {
    this.#holds += 1
    if (this.#inFlight.size === 0 || this.#end !== undefined) return
    await new Promise<void>((resolve) => this.#whenQuiet.push(resolve))
  }

  async answers(withinMs: number): Promise<boolean> {
    try {
      await this.request({ line: 'display-message -p x', timeoutMs: withinMs })
      return true
    } catch (error) {
      ignoreTmuxError(error)
      return false
    }
  }

  release(): void {
    this.#holds -= 1
    if (this.#holds === 0) this.#scheduleFlush()
  }

  /**
   * Waits for what is in flight, then ends the process; the sessions stay. It is killed: after a detaching the server takes leave of it
   * at some later time.
   */
  async close(): Promise<void> {
    const last = this.request({ line: 'display-message -p closing', timeoutMs: limits.closeMs })
    this.#isEnding = true
    await last.catch(ignoreTmuxError)
    this.abandon()
    await this.ended
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
      if (this.#waiting.size > 0 && this.#inFlight.size <= limits.refillBelow) this.#scheduleFlush()
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
    if (this.#holds > 0) return
    const wasQuiet = this.#inFlight.size === 0
    let text = ''
    while (this.#end === undefined && this.#inFlight.size < limits.inFlight) {
      const pending = this.#waiting.shift()
      if (pending === undefined) break
      if (pending.isSettled) continue
      pending.isSent = true
      this.#inFlight.push(pending)
      text += pending.text
    }
    if (text === '') return
    this.#child.stdin?.write(text)
    if (!wasQuiet) return
    this.#sentAt = performance.now()
    if (this.#answersQuickly) this.#stayAwake()
  }

  /** For a server that answers within microseconds, being woken up by its reply costs more than the command itself. */
  #stayAwake(): void {
    setImmediate(() => {
      if (this.#inFlight.size > 0 && performance.now() - this.#sentAt < limits.quickMs) this.#stayAwake()
    })
  }

  #answer(blocks: readonly Block[]): void {
    this.#inFlight.shift()?.resolve(blocks)
    if (this.#inFlight.size > 0) return
    this.#answersQuickly = performance.now() - this.#sentAt < limits.quickMs
    if (this.#holds > 0) this.#tellQuiet()
  }

  #tellQuiet(): void {
    for (const tell of this.#whenQuiet.splice(0)) tell()
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
    for (const pending of this.#unsettled()) {
      if (pending.dueAt > now) nextAt = Math.min(nextAt, pending.dueAt)
      else pending.reject(timeoutError(pending))
    }
    if (nextAt < Number.POSITIVE_INFINITY) this.#arm(nextAt)
  }

  #unsettled(): readonly Pending[] {
    return [...this.#inFlight.toArray(), ...this.#waiting.toArray()].filter((pending) => !pending.isSettled)
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
    this.#tellQuiet()
    for (const pending of this.#unsettled()) pending.reject(this.#lostError(pending.line, pending.isSent))
    this.#handlers.lost(this.#end)
    this.#markEnded(this.#end)
  }

  #lostError(line: string, sent: boolean): TmuxError {
    const reason = this.#end?.reason ?? 'it is being closed'
    return new TmuxError('SERVER_LOST', `the connection to the tmux server was lost: ${reason}`, {
      details: { command: shownCommand(line), stderr: this.#said, ...(sent ? { outcome: 'unknown' } : {}) },
      hint: sent
        ? 'Look at the server before you repeat the command: it may have run.'
        : 'Repeat the command.',
      cause: this.#cause,
    })
  }
}

function timeoutError(pending: Pending): TmuxError {
  return new TmuxError('TIMEOUT', 'tmux did not answer in time', {
    details: { command: shownCommand(pending.line), ...(pending.isSent ? { outcome: 'unknown' } : {}) },
    hint: 'The server may be busy or stopped; the command may still run.',
  })
}

function busyError(line: string): TmuxError {
  return new TmuxError('BUSY', `${limits.waiting} tmux commands wait already`, {
    details: { command: shownCommand(line) },
    hint: 'Await some of them before you send more.',
  })
}
