/** What one tmux command answered. */
export interface Block {
  readonly lines: readonly string[]
  readonly failed: boolean
}

export interface ReplyHandlers {
  /** The fence of the request whose reply comes next; `undefined` when it is one plain block. */
  fence(): string | undefined
  reply(blocks: readonly Block[]): void
  /** A line outside all blocks that begins with `%`. */
  notification(line: string): void
  /** A block that answers no request: the command line's own, or a hook's. */
  foreign(block: Block): void
}

const isOurs = (stamp: string): boolean => stamp.endsWith(' 1')

/**
 * Reads control mode's lines as replies.
 *
 * A block `%begin T N F` ends at `%end T N F` or `%error T N F`, where T and N can be guessed by a program in a
 * pane. A request whose reply holds what others wrote is therefore *fenced*: a second command prints a secret
 * after it, and all lines up to that secret belong to the reply.
 */
export class ReplyReader {
  readonly #handlers: ReplyHandlers
  #stamp: string | undefined
  #lines: string[] = []
  #fenced: string[] = []

  constructor(handlers: ReplyHandlers) {
    this.#handlers = handlers
  }

  push(line: string): void {
    const fence = this.#stamp === undefined ? this.#handlers.fence() : undefined
    if (fence !== undefined) this.#pushFenced(line, fence)
    else if (this.#stamp !== undefined) this.#pushInside(line, this.#stamp)
    else if (line.startsWith('%begin ')) this.#open(line.slice(7))
    else if (line.startsWith('%')) this.#handlers.notification(line)
  }

  /** The stream ended: what was read of an unfinished fenced reply is told as notifications and foreign blocks. */
  end(): void {
    const { foreign, notifications } = splitReply(this.#fenced)
    this.#fenced = []
    this.#tell(foreign, notifications)
  }

  #open(stamp: string): void {
    this.#stamp = stamp
    this.#lines = []
  }

  #pushInside(line: string, stamp: string): void {
    const failed = line === `%error ${stamp}`
    if (!failed && line !== `%end ${stamp}`) {
      this.#lines.push(line)
      return
    }
    this.#stamp = undefined
    const block = { lines: this.#lines, failed }
    if (isOurs(stamp)) this.#handlers.reply([block])
    else this.#handlers.foreign(block)
  }

  #pushFenced(line: string, fence: string): void {
    const lines = this.#fenced
    const begin = lines[lines.length - 2]
    if (
      lines[lines.length - 1] === fence &&
      begin?.startsWith('%begin ') &&
      line === `%end ${begin.slice(7)}`
    ) {
      lines.length -= 2
      this.#fenced = []
      const { blocks, foreign, notifications, earlier } = splitReply(lines)
      this.#tell(foreign, notifications.slice(0, earlier))
      this.#handlers.reply(blocks)
      this.#tell([], notifications.slice(earlier))
    } else {
      lines.push(line)
    }
  }

  #tell(foreign: readonly Block[], notifications: readonly string[]): void {
    for (const block of foreign) this.#handlers.foreign(block)
    for (const line of notifications) this.#handlers.notification(line)
  }
}

export interface SplitReply {
  readonly blocks: readonly Block[]
  readonly foreign: readonly Block[]
  readonly notifications: readonly string[]
  /** How many of the notifications came before the last block of the reply. */
  readonly earlier: number
}

/**
 * The blocks in all the lines of one fenced reply. A block ends at the *last* line that bears its stamp, so that
 * a look-alike inside it is content; the block that holds foreign text is the first of its reply.
 */
export function splitReply(lines: readonly string[]): SplitReply {
  const blocks: Block[] = []
  const foreign: Block[] = []
  const notifications: string[] = []
  let earlier = 0
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? ''
    const stamp = line.startsWith('%begin ') ? line.slice(7) : undefined
    const end = stamp === undefined ? -1 : lastEnd(lines, stamp)
    if (stamp !== undefined && end > index) {
      const block = { lines: lines.slice(index + 1, end), failed: lines[end] === `%error ${stamp}` }
      index = end
      ;(isOurs(stamp) ? blocks : foreign).push(block)
      if (isOurs(stamp)) earlier = notifications.length
      index = end
    } else if (line.startsWith('%')) {
      notifications.push(line)
    }
  }
  return { blocks, foreign, notifications, earlier }
}

function lastEnd(lines: readonly string[], stamp: string): number {
  return Math.max(lines.lastIndexOf(`%end ${stamp}`), lines.lastIndexOf(`%error ${stamp}`))
}
