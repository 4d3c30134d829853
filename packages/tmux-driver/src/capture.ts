import type { CommandRunner } from './command-runner.ts'
import { isTmuxError } from './errors.ts'
import { type PaneId, parsePaneId } from './ids.ts'
import { type CaptureOptions, type CaptureOutcome, captureLine, parseScreen, type Screen } from './screen.ts'

export async function capturePane(
  runner: CommandRunner,
  pane: PaneId,
  options: CaptureOptions,
): Promise<Screen> {
  const target = parsePaneId(pane)
  const line = captureLine(target, options)
  return parseScreen(await runner.run(line, { fenced: true, target, signal: options.signal }))
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
