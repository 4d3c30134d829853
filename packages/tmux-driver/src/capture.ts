import type { CommandRunner } from './command-runner.ts'
import { isTmuxError } from './errors.ts'
import { type PaneId, parsePaneId } from './ids.ts'
import {
  type CaptureOptions,
  type CaptureOutcome,
  captureLine,
  fromBuffer,
  parseScreen,
  type Screen,
} from './screen.ts'
import { featuresOf, isAtLeast } from './version.ts'

/** What a server may lose to plain captures of ours, which are twice as fast, before it is spared. */
const lossBytesMax = 16 * 1024 * 1024

export async function capturePane(
  runner: CommandRunner,
  pane: PaneId,
  options: CaptureOptions,
): Promise<Screen> {
  const target = parsePaneId(pane)
  const wait = { fenced: true, target, signal: options.signal }
  const lost = lossOf(runner)
  if (lost !== undefined && lost.bytes >= lossBytesMax) {
    const blocks = await runner.run(captureLine(target, options, runner.nextBuffer()), wait)
    return parseScreen(fromBuffer(blocks, !isAtLeast(runner.version, 3, 4)))
  }
  const screen = parseScreen(await runner.run(captureLine(target, options), wait))
  if (lost !== undefined) lost.bytes += screen.text.length
  return screen
}

function lossOf(runner: CommandRunner): { bytes: number } | undefined {
  if (!runner.isConnected || featuresOf(runner.version).freesCaptures) return undefined
  const { shared, serverPid: pid } = runner
  if (shared.loss?.pid !== pid) shared.loss = { pid, bytes: 0 }
  return shared.loss
}

/** Its screen, or what tmux said instead. */
export async function attemptCapture(
  runner: CommandRunner,
  pane: PaneId,
  options: CaptureOptions,
): Promise<CaptureOutcome> {
  try {
    return { status: 'captured', pane, screen: await capturePane(runner, pane, options) }
  } catch (error) {
    if (isTmuxError(error)) return { status: 'failed', pane, error }
    throw error
  }
}
