import { TmuxError, type TmuxErrorDetails } from './errors.ts'
import type { Block } from './reply-reader.ts'
import { shownCommand } from './shown-command.ts'

/**
 * The error for a block that failed. tmux has no codes, so this is the one place that reads its words; what they
 * do not tell is `COMMAND_FAILED`.
 */
function commandError(block: Block, details: TmuxErrorDetails): TmuxError {
  const whole = block.lines.join('\n')
  const said = whole.slice(-2000)
  const all = { ...details, stderr: said }
  if (
    /^(can't find (pane|window|session|client)|no such (pane|window|session)|session not found)/.test(whole)
  ) {
    return new TmuxError('NO_SUCH_TARGET', `tmux has no such target: ${said}`, {
      details: all,
      hint: 'It was closed, or belongs to an earlier server: ask again with list().',
    })
  }
  // 3.8 says so itself of a program that ends between our look and the input.
  if (whole.startsWith('target pane has exited')) {
    return new TmuxError('PANE_DEAD', `the program in the pane has ended: ${said}`, {
      details: all,
      hint: 'Start it again with respawn(), or kill the pane.',
    })
  }
  if (whole.startsWith('duplicate session')) {
    return new TmuxError('NAME_TAKEN', `a session of that name exists: ${said}`, {
      details: all,
      hint: 'Find it with hasSession(), or choose another name.',
    })
  }
  return new TmuxError('COMMAND_FAILED', `tmux refused the command: ${said}`, { details: all })
}

/** The error of the block that failed, if one did. */
export function findFailure(
  blocks: readonly Block[],
  line: string,
  target: string | undefined,
): TmuxError | undefined {
  const failed = blocks.find((block) => block.failed)
  if (failed === undefined) return undefined
  return commandError(failed, { command: shownCommand(line), ...(target === undefined ? {} : { target }) })
}
