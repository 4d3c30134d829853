import { type CaptureWay, type Loss, lossOf, wayToCapture } from './capture.ts'
import { findFailure } from './command-failure.ts'
import { ignoreTmuxError, isTmuxError, type TmuxError } from './errors.ts'
import type { PaneId } from './ids.ts'
import { type DiscardMark, OutputDiscards } from './output-discards.ts'
import { PaneHolds } from './output-holds.ts'
import { type PanePlace, parsePlaces, placesLine } from './output-plan.ts'
import type { OutputStream } from './output-stream.ts'
import { formatCommand } from './quote.ts'
import type { Block } from './reply-reader.ts'
import type { Screen } from './screen.ts'
import type { ServerLink } from './server-link.ts'

/** Screens that are asked for at once, for one stream. */
export const syncsMax = 4
/** How often the place of a screen is looked for in the output of a pane that another stream takes, before it is held back. */
const looseSyncsMax = 2

/** What outlives a hub: what the server lost to its captures, and the names of buffers. */
export interface OutputAccount {
  loss: Loss | undefined
  nextBuffer(): string
}

interface Hub {
  readonly link: ServerLink
  readonly account: OutputAccount
  takers(pane: PaneId): readonly OutputStream[]
  /** Whether all that came and went so far has been looked at. */
  isSettled(): boolean
  pump(stream: OutputStream): void
  lookAgain(): void
}

/** Puts the screens of panes into the streams, each at its exact place in the pane's output. */
export class OutputScreens {
  readonly #hub: Hub
  readonly holds: PaneHolds
  readonly discards: OutputDiscards = new OutputDiscards()
  /** Of what pane the last output was, and how much came of each pane. */
  #lastOutput: PaneId | undefined
  readonly #outputs = new Map<PaneId, number>()
  /** Screens in a row whose place was not known, by stream and pane. */
  readonly #looseSyncs = new WeakMap<OutputStream, Map<PaneId, number>>()

  constructor(hub: Hub) {
    this.#hub = hub
    this.holds = new PaneHolds({
      discards: () => this.discards.happened(),
      run: (line, answered) =>
        hub.link.run({
          line,
          fenced: true,
          pinned: true,
          check: (blocks) => {
            const failure = findFailure(blocks, line, undefined)
            if (failure === undefined) answered()
            return failure
          },
        }),
    })
  }

  /** Output of the pane came. */
  passed(pane: PaneId): void {
    this.#lastOutput = pane
    this.#outputs.set(pane, (this.#outputs.get(pane) ?? 0) + 1)
  }

  /** Forgets all other panes. */
  keep(panes: { has(pane: PaneId): boolean }): void {
    this.holds.keep(panes)
    for (const pane of this.#outputs.keys()) if (!panes.has(pane)) this.#outputs.delete(pane)
  }

  clear(): void {
    this.holds.clear()
    this.#outputs.clear()
  }

  /** All who take the pane miss something, and get a screen when it is held. */
  holdBack(pane: PaneId): void {
    for (const stream of this.#hub.takers(pane)) stream.drop(pane)
    this.holds.hold(pane).then(
      () => {
        for (const stream of this.#hub.takers(pane)) this.#hub.pump(stream)
      },
      // Whatever comes next of the pane asks again; and so does the pump of whoever is behind.
      ignoreTmuxError,
    )
  }

  /** Asks for the pane's screen in such a way that its place in the pane's output is known. */
  ask(stream: OutputStream, pane: PaneId): void {
    const state = this.holds.stateOf(pane)
    if (state === 'held') this.#syncHeld(pane)
    else if (state === undefined) {
      const tried = this.#looseSyncs.get(stream)?.get(pane) ?? 0
      const isShared = this.#hub.takers(pane).some((other) => other.isFlowing(pane))
      if (isShared && tried < looseSyncsMax) this.#syncFlowing(stream, pane)
      else this.holdBack(pane)
    }
  }

  /** The pane is let go on in one step with its screen: whatever comes from now on is not on it. */
  #syncHeld(pane: PaneId): void {
    const behind = this.#hub
      .takers(pane)
      .filter((stream) => stream.isBehind(pane) && stream.hasRoom(syncsMax))
    const tickets = behind.map((stream) => [stream, stream.startSync(pane, { keeps: true })] as const)
    const { argv, ended } = this.holds.end(pane)
    this.#askScreen(pane, argv, (screen) => {
      if (screen === undefined) this.holds.forget(pane)
      else ended()
      for (const [stream, ticket] of tickets) {
        this.#countLoose(stream, pane, 0)
        stream.endSync(pane, ticket, screen)
      }
      return behind
    })
  }

  /** Another stream takes the pane, which would miss something if it were held: the place is looked for. */
  #syncFlowing(stream: OutputStream, pane: PaneId): void {
    const ticket = stream.startSync(pane, { keeps: false })
    const before = this.#outputs.get(pane)
    const mark = this.#hub.isSettled() ? this.discards.mark() : undefined
    this.#askScreen(pane, undefined, (screen) => {
      const isNext = this.#outputs.get(pane) === before
      // Output that came in between is from before the screen if the reply waited for it, and for nothing else.
      const isBehind = mark !== undefined && this.#lastOutput === pane && screen !== undefined
      if (!isNext && isBehind) {
        stream.keepFrom(pane, ticket)
        void this.#confirm(mark).then((isPlaced) => {
          this.#place(stream, pane, ticket, isPlaced ? screen : undefined)
          this.#hub.pump(stream)
        })
        return []
      }
      this.#place(stream, pane, ticket, isNext ? screen : undefined)
      return [stream]
    })
  }

  #place(stream: OutputStream, pane: PaneId, ticket: number, screen: Screen | undefined): void {
    const tried = this.#looseSyncs.get(stream)?.get(pane) ?? 0
    this.#countLoose(stream, pane, screen === undefined ? tried + 1 : 0)
    stream.endSync(pane, ticket, screen)
  }

  /** Whether nothing that was queued at the mark was thrown away; no, if that is not known. */
  async #confirm(mark: DiscardMark): Promise<boolean> {
    let isConfirmed = false
    const asked = this.#hub.link.run({
      line: placesLine,
      fenced: true,
      pinned: true,
      check: (blocks) => {
        const read = readPlaces(blocks)
        if (read instanceof Error) return read
        isConfirmed = this.discards.isNoneSince(mark, read)
        return undefined
      },
    })
    await asked.catch(ignoreTmuxError)
    return isConfirmed
  }

  #countLoose(stream: OutputStream, pane: PaneId, count: number): void {
    const counts = this.#looseSyncs.get(stream) ?? new Map<PaneId, number>()
    if (count === 0) counts.delete(pane)
    else counts.set(pane, count)
    this.#looseSyncs.set(stream, counts)
  }

  /** `answered` is told in the reply's place among the output, and answers whose screen it was; without a screen later. */
  #askScreen(
    pane: PaneId,
    last: readonly string[] | undefined,
    answered: (screen: Screen | undefined) => readonly OutputStream[],
  ): void {
    // A dead pane's screen moves up by a line for the notice of its death.
    const isDead = this.#hub.takers(pane).some((stream) => stream.isDead(pane))
    const { version, server } = this.#hub.link
    this.#hub.account.loss = lossOf(this.#hub.account.loss, version, server.pid)
    const options = { attributes: true, lines: isDead ? 1 : 0 }
    const way = wayToCapture(pane, options, { ...this.#hub.account, version, decode: toUtf8 })
    const line = last === undefined ? way.line : `${way.line} ; ${formatCommand(last)}`
    let streams: readonly OutputStream[] = []
    const asked = this.#hub.link.run({
      line,
      fenced: true,
      pinned: true,
      check: (blocks) => {
        const read = readScreen(blocks, { line, read: way.read }, pane)
        if (read instanceof Error) return read
        streams = answered(read)
        return undefined
      },
    })
    asked.then(
      () => {
        for (const stream of streams) this.#hub.pump(stream)
      },
      (error: unknown) => {
        for (const stream of answered(undefined)) this.#syncFailed(stream, error)
      },
    )
  }

  #syncFailed(stream: OutputStream, error: unknown): void {
    if (isTmuxError(error, 'NO_SUCH_TARGET')) this.#hub.lookAgain()
    else if (isTmuxError(error, 'TIMEOUT')) this.#hub.pump(stream)
    else if (!isTmuxError(error, 'SERVER_LOST') && !isTmuxError(error, 'CLOSED')) stream.fail(error)
  }
}

function readScreen(blocks: readonly Block[], way: CaptureWay, pane: PaneId): Screen | TmuxError {
  return orError(() => findFailure(blocks, way.line, pane) ?? way.read(blocks))
}

function readPlaces(blocks: readonly Block[]): readonly PanePlace[] | TmuxError {
  return orError(() => findFailure(blocks, placesLine, undefined) ?? parsePlaces(blocks[0]?.lines ?? []))
}

function orError<T>(read: () => T): T | TmuxError {
  try {
    return read()
  } catch (error) {
    if (isTmuxError(error)) return error
    throw error
  }
}

/** Lines that were read one character a byte. */
function toUtf8(block: Block): Block {
  return { ...block, lines: block.lines.map((line) => Buffer.from(line, 'latin1').toString('utf8')) }
}
