import type { CommandRunner } from './command-runner.ts'
import { type PaneId, parsePaneId } from './ids.ts'
import { listKnown } from './list-panes.ts'
import type { Block } from './reply-reader.ts'
import {
  type CaptureOptions,
  type CaptureOutcome,
  captureLine,
  fromBuffer,
  parseScreen,
  requireLines,
  type Screen,
} from './screen.ts'
import { askToTheEnd } from './unfinished.ts'
import { featuresOf, isAtLeast, type TmuxVersion } from './version.ts'

/** What a server may lose to plain captures of ours, which are twice as fast, before it is spared. */
const lossBytesMax = 16 * 1024 * 1024

/** What a server lost to captures of ours. */
export interface Loss {
  readonly pid: number
  bytes: number
}

/** A capture as a line to send, and how its reply is read. */
export interface CaptureWay {
  readonly line: string
  /** @throws TmuxError TIMEOUT for what tmux gave up on. */
  read(blocks: readonly Block[]): Screen
}

export interface CaptureServer {
  readonly version: TmuxVersion
  /** `undefined`: nothing is lost, or it is not known of what server. */
  readonly loss: Loss | undefined
  nextBuffer(): string
  /** What makes text of a reply, where the connection does not. */
  decode?(block: Block): Block
}

/** The quick way as long as the server has little to lose by it, then the one that costs it nothing for good. */
export function wayToCapture(pane: PaneId, options: CaptureOptions, server: CaptureServer): CaptureWay {
  const { version, loss, decode = (block) => block } = server
  if (loss !== undefined && loss.bytes >= lossBytesMax) {
    const isEscaped = !isAtLeast(version, 3, 4)
    return {
      line: captureLine(pane, options, server.nextBuffer()),
      read: (blocks) => parseScreen(fromBuffer(blocks, isEscaped).map(decode)),
    }
  }
  return {
    line: captureLine(pane, options),
    read(blocks) {
      const screen = parseScreen(blocks.map(decode))
      if (loss !== undefined) loss.bytes += screen.text.length
      return screen
    },
  }
}

/** The account of a server that frees no captures; a new one for another server. */
export function lossOf(known: Loss | undefined, version: TmuxVersion, pid: number): Loss | undefined {
  if (featuresOf(version).freesCaptures) return undefined
  return known?.pid === pid ? known : { pid, bytes: 0 }
}

export async function capturePane(
  runner: CommandRunner,
  pane: PaneId,
  options: CaptureOptions,
): Promise<Screen> {
  const target = parsePaneId(pane)
  return await askToTheEnd(() => captureOnce(runner, target, options))
}

async function captureOnce(runner: CommandRunner, target: PaneId, options: CaptureOptions): Promise<Screen> {
  const { shared, version } = runner
  if (runner.isConnected) shared.loss = lossOf(shared.loss, version, runner.serverPid)
  const way = wayToCapture(target, options, {
    version,
    loss: shared.loss,
    nextBuffer: () => runner.nextBuffer(),
  })
  return way.read(await runner.run(way.line, { fenced: true, target, signal: options.signal }))
}

/** The screen of each of these panes, or of all. @throws RangeError; the signal's reason. */
export async function captureMany(
  runner: CommandRunner,
  panes: readonly PaneId[] | 'all',
  options: CaptureOptions,
): Promise<readonly CaptureOutcome[]> {
  const signal = options.signal ? { signal: options.signal } : {}
  const ids =
    panes === 'all'
      ? (await listKnown(runner, { fields: ['pane'], ...signal })).map((row) => row.pane)
      : panes
  // A window that is linked into several sessions is listed once for each.
  return await captureEach(runner, [...new Set(ids)], options)
}

/** The screen of each, or what went wrong with it. @throws RangeError; the signal's reason. */
async function captureEach(
  runner: CommandRunner,
  panes: readonly PaneId[],
  options: CaptureOptions,
): Promise<readonly CaptureOutcome[]> {
  requireLines(options)
  const signal = runner.boundBy(options.signal)
  const attempt = async (pane: PaneId): Promise<CaptureOutcome> => {
    try {
      return { status: 'captured', pane, screen: await capturePane(runner, pane, options) }
    } catch (error) {
      signal?.throwIfAborted()
      return { status: 'failed', pane, error }
    }
  }
  signal?.throwIfAborted()
  return await Promise.all(panes.map(attempt))
}
