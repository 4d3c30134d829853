import { CommandRunner, type Limits } from './command-runner.ts'
import { type OpenOptions, toLinkOptions } from './open-options.ts'
import { PaneOutput } from './pane-output.ts'
import { ServerLink } from './server-link.ts'

/** What views of one handle are made of. */
export interface HandleParts {
  readonly link: ServerLink
  readonly runner: CommandRunner
  readonly output: PaneOutput
  readonly size: { readonly cols: number; readonly rows: number }
  readonly timeoutMs: number
}

/** See `Tmux.open`. */
export async function openParts(options: OpenOptions): Promise<HandleParts> {
  const linkOptions = toLinkOptions(options)
  const link = new ServerLink(linkOptions)
  await link.connect(linkOptions.start, options.signal)
  const { size, timeoutMs } = linkOptions
  const runner = new CommandRunner(link)
  const output = new PaneOutput(linkOptions, () => runner.nextBuffer())
  return { link, runner, output, size, timeoutMs }
}

export function partsWithin(parts: HandleParts, limits: Limits): HandleParts {
  const timeoutMs = limits.timeoutMs ?? parts.timeoutMs
  return { ...parts, runner: parts.runner.within(limits), timeoutMs }
}
