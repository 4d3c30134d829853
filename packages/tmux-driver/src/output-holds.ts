import type { PaneId } from './ids.ts'
import { formatList } from './quote.ts'

type HoldState = 'asked' | 'held' | 'ending'

/** Of one pane, or of several that are held in one step. */
interface Hold {
  /**
   * `asked`: output from before it may still come. `held`: none comes, and none is on its way. `ending`: what comes now was printed
   * after the command that ends the hold, whose reply may come later than that.
   */
  state: HoldState
  asking: Promise<void> | undefined
}

export interface HoldRunner {
  /** `answered` is called in the reply's place among the output, which a promise would not be. */
  run(line: string, answered: () => void): Promise<unknown>
  /** The server is asked to hold a pane, or said that it does: what it had queued of it is thrown away. */
  discards(): void
}

/**
 * Panes that the server holds back for us.
 *
 * tmux writes a reply after the output from before it, but output of one pane from *after* it may overtake it, while the reply
 * waits for another pane's. Only of a held pane is it known what comes before and what after.
 */
export class PaneHolds {
  readonly #runner: HoldRunner
  readonly #holds = new Map<PaneId, Hold>()

  constructor(runner: HoldRunner) {
    this.#runner = runner
  }

  stateOf(pane: PaneId): HoldState | undefined {
    return this.#holds.get(pane)?.state
  }

  /** Resolves when nothing of the pane comes any more. @throws TmuxError TIMEOUT, SERVER_LOST; the pane is then not held. */
  async hold(pane: PaneId): Promise<void> {
    const known = this.#holds.get(pane)
    if (known !== undefined && known.state !== 'ending') return await known.asking
    await this.holdAfter(undefined, [pane])
  }

  /** Holds panes in one step with another command, such as the one that makes their output come. @throws as that does */
  async holdAfter(command: readonly string[] | undefined, panes: readonly PaneId[]): Promise<void> {
    const hold: Hold = { state: 'asked', asking: undefined }
    for (const pane of panes) this.#holds.set(pane, hold)
    hold.asking = this.#ask(command, panes, hold)
    await hold.asking
  }

  /** The server said that it holds the pane back. @returns whether it did so by itself */
  said(pane: PaneId): boolean {
    this.#runner.discards()
    if (this.#holds.has(pane)) return false
    this.#holds.set(pane, { state: 'held', asking: undefined })
    return true
  }

  /** @returns the command that ends the hold, and what to call in its reply's place */
  end(pane: PaneId): { readonly argv: readonly string[]; readonly ended: () => void } {
    const hold: Hold = { state: 'ending', asking: undefined }
    this.#holds.set(pane, hold)
    return { argv: ['refresh-client', '-A', `${pane}:continue`], ended: () => this.#forget(pane, hold) }
  }

  /** It is not known how the server holds the pane. */
  forget(pane: PaneId): void {
    this.#holds.delete(pane)
  }

  keep(panes: { has(pane: PaneId): boolean }): void {
    for (const pane of this.#holds.keys()) if (!panes.has(pane)) this.#holds.delete(pane)
  }

  clear(): void {
    this.#holds.clear()
  }

  async #ask(command: readonly string[] | undefined, panes: readonly PaneId[], hold: Hold): Promise<void> {
    const line = formatList([
      ...(command === undefined ? [] : [command]),
      ...panes.map((pane) => ['refresh-client', '-A', `${pane}:pause`]),
      // As tmux ≥ 3.8 says that it holds a pane only after the reply to the command.
      ['display-message', '-p', 'held'],
    ])
    this.#runner.discards()
    try {
      await this.#runner.run(line, () => {
        this.#runner.discards()
        hold.state = 'held'
      })
    } catch (error) {
      for (const pane of panes) this.#forget(pane, hold)
      throw error
    }
  }

  #forget(pane: PaneId, hold: Hold): void {
    if (this.#holds.get(pane) === hold) this.#holds.delete(pane)
  }
}
