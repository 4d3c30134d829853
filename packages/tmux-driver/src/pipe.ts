import { dirname, isAbsolute } from 'node:path'
import type { CommandRunner } from './command-runner.ts'
import { requireDirectory } from './creation.ts'
import { type PaneId, parsePaneId } from './ids.ts'
import { refuseDead, requireAccepted } from './input.ts'
import { escapeFormat, formatCommand } from './quote.ts'

/** Whether a pipe goes on after what its file holds. */
export interface PipeOptions {
  /** Go on after what the file holds already. @defaultValue true */
  readonly append?: boolean
  readonly signal?: AbortSignal
}

/** From now on all that the pane prints goes to a file as well. @throws TmuxError NO_SUCH_DIRECTORY, PANE_DEAD, NO_SUCH_TARGET. */
export async function pipeToFile(
  runner: CommandRunner,
  pane: PaneId,
  path: string,
  { append = true, signal }: PipeOptions,
): Promise<void> {
  const target = parsePaneId(pane)
  if (!isAbsolute(path) || path.includes('\0')) {
    throw new TypeError(`a pane is piped to an absolute path, not ${JSON.stringify(path)}`)
  }
  await requireDirectory(dirname(path))
  const script = `umask 077; exec cat ${append ? '>>' : '>'} ${quoteForShell(path)}`
  // tmux also puts the time of day in the place of `%H` and the like.
  const line = refuseDead(target, [
    'pipe-pane',
    '-O',
    '-t',
    target,
    '--',
    escapeFormat(script).replaceAll('%', '%%'),
  ])
  requireAccepted(await runner.run(line, { fenced: true, target, signal }), target)
}

export async function stopPipe(runner: CommandRunner, pane: PaneId): Promise<void> {
  const target = parsePaneId(pane)
  await runner.run(formatCommand(['pipe-pane', '-t', target]), { target })
}

const quoteForShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
