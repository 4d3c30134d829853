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

/** What servers have lost, by the runner that asked them. */
const losses = new WeakMap<CommandRunner, { readonly pid: number; bytes: number }>()

export async function capturePane(
  runner: CommandRunner,
  pane: PaneId,
  options: CaptureOptions,
): Promise<Screen> {
  const target = parsePaneId(pane)
  const wait = { fenced: true, target, signal: options.signal }
  const lost = lossOf(runner)
  if (lost !== undefined && lost.bytes >= lossBytesMax) {
    runner.buffers += 1
    const line = captureLine(target, options, `${runner.secret}-${runner.buffers}`)
    const blocks = await runner.run(line, wait)
    return parseScreen(fromBuffer(blocks, !isAtLeast(runner.version, 3, 4)))
  }
  const screen = parseScreen(await runner.run(captureLine(target, options), wait))
  if (lost !== undefined) lost.bytes += screen.text.length
  return screen
}

function lossOf(runner: CommandRunner): { bytes: number } | undefined {
  if (!runner.isConnected || featuresOf(runner.version).freesCaptures) return undefined
  const known = losses.get(runner)
  if (known?.pid === runner.serverPid) return known
  const begun = { pid: runner.serverPid, bytes: 0 }
  losses.set(runner, begun)
  return begun
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
