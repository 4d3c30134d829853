import type { CommandRunner, RunOptions } from './command-runner.ts'
import {
  type CreatedSession,
  type CreatedWindow,
  type NewPaneOptions,
  type NewSessionOptions,
  type NewWindowOptions,
  newPaneLine,
  newSessionLine,
  newWindowLine,
  type PaneSpec,
  paneArguments,
  parseCreated,
  requireDirectory,
} from './creation.ts'
import { type Marks, marksOfSession, marksOfWindow, remarkLines } from './creation-marks.ts'
import { isTmuxError } from './errors.ts'
import { type PaneId, parsePaneId, parseSessionId } from './ids.ts'
import type { PaneOutput } from './pane-output.ts'
import { formatCommand } from './quote.ts'

export async function makeSession(
  runner: CommandRunner,
  options: NewSessionOptions & Required<Pick<NewSessionOptions, 'size'>>,
): Promise<CreatedSession> {
  const cwd = options.cwd ?? process.cwd()
  const line = newSessionLine(options, options.size, cwd)
  await requireDirectory(cwd)
  return await make(runner, line, { takesTurn: true }, marksOfSession(options))
}

export async function makeWindow(runner: CommandRunner, options: NewWindowOptions): Promise<CreatedWindow> {
  const target = parseSessionId(options.session)
  const line = newWindowLine(options)
  if (options.cwd !== undefined) await requireDirectory(options.cwd)
  const { window, pane } = await make(runner, line, { target }, marksOfWindow(options))
  return { window, pane }
}

export async function makePane(runner: CommandRunner, options: NewPaneOptions): Promise<CreatedWindow> {
  const line = newPaneLine(options)
  if (options.cwd !== undefined) await requireDirectory(options.cwd)
  const { window, pane } = await make(runner, line, { target: options.beside })
  return { window, pane }
}

/** Starts a program in a pane that is there. */
export async function respawnPane(
  runner: CommandRunner,
  output: PaneOutput,
  { pane, spec }: { readonly pane: PaneId; readonly spec: PaneSpec },
): Promise<void> {
  const target = parsePaneId(pane)
  const line = formatCommand(['respawn-pane', '-k', '-t', target, ...paneArguments(spec)])
  if (spec.cwd !== undefined) await requireDirectory(spec.cwd)
  await output.whileHeldBack(target, () => runner.run(line, { target }))
}

/** What a line that makes something answered, once its marks are on it. */
async function make(
  runner: CommandRunner,
  line: string,
  options: RunOptions,
  marks?: Marks,
): Promise<CreatedSession> {
  const blocks = await runner.run(line, { fenced: true, ...options })
  const created = parseCreated(blocks[0])
  runner.know(Object.values(created))
  const corrections = marks === undefined ? [] : remarkLines(marks, created, blocks[1])
  for (const correction of corrections) {
    await runner.run(correction, { fenced: true, target: created.pane }).catch(ignoreGone)
  }
  return created
}

/** What was made, or what a hook made, may have ended by now. */
function ignoreGone(error: unknown): void {
  if (!isTmuxError(error, 'NO_SUCH_TARGET')) throw error
}
