import type { Block } from './reply-reader.ts'

export interface CommandRequest {
  /** One line of tmux commands, quoted already. */
  readonly line: string
  /** Whether the reply may hold several blocks, or text that a program in a pane wrote. */
  readonly fenced?: boolean
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** What is wrong with the reply, if anything; told here it costs no promise of its own. */
  readonly check?: (blocks: readonly Block[]) => Error | undefined
}

const nothing = (): void => undefined

/** One request on its way: settled once, by its reply, its deadline, its signal or the end of the connection. */
export class Pending {
  readonly line: string
  readonly fence: string | undefined
  readonly dueAt: number
  readonly reply: Promise<readonly Block[]>
  isSent = false
  isSettled = false
  readonly #check: CommandRequest['check']
  #resolve: (blocks: readonly Block[]) => void = nothing
  #reject: (error: unknown) => void = nothing
  readonly #signal: AbortSignal | undefined
  #abort: (() => void) | undefined

  constructor(request: CommandRequest, fence: string | undefined, dueAt: number) {
    this.line = request.line
    this.fence = fence
    this.dueAt = dueAt
    this.reply = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#check = request.check
    this.#signal = request.signal
    if (this.#signal !== undefined) {
      this.#abort = () => this.reject(this.#signal?.reason)
      this.#signal.addEventListener('abort', this.#abort, { once: true })
    }
  }

  /** What goes over the wire. */
  get text(): string {
    return this.fence === undefined ? `${this.line}\n` : `${this.line}\ndisplay-message -p ${this.fence}\n`
  }

  resolve(blocks: readonly Block[]): void {
    if (!this.#settle()) return
    const error = this.#check?.(blocks)
    if (error === undefined) this.#resolve(blocks)
    else this.#reject(error)
  }

  reject(error: unknown): void {
    if (this.#settle()) this.#reject(error)
  }

  #settle(): boolean {
    if (this.isSettled) return false
    this.isSettled = true
    if (this.#abort !== undefined) this.#signal?.removeEventListener('abort', this.#abort)
    return true
  }
}
