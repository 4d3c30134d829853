import type { Context } from '@tmux-orchestrator/cli'
import type { DaemonClient } from '@tmux-orchestrator/daemon'

/** Shows an answer again after every change, until interrupted; JSON lines under `--json`. */
export async function watch<T extends object>(
  context: Context,
  daemon: DaemonClient,
  read: () => Promise<T>,
  render: (answer: T) => string,
  stream?: string,
): Promise<T> {
  let answer = await read()
  show(context, answer, render)
  const last = await daemon.call('event.list', { after: 0, limit: 1 })
  const after = last.events.at(-1)?.seq ?? 0
  try {
    const events = daemon.follow(
      'events.follow',
      { after, ...(stream === undefined ? {} : { stream }) },
      { signal: context.signal },
    )
    for await (const _ of events) {
      const next = await read()
      if (JSON.stringify(next) !== JSON.stringify(answer)) show(context, next, render)
      answer = next
    }
  } catch (error) {
    if (!context.signal.aborted) throw error
  }
  return answer
}

function show<T extends object>(context: Context, answer: T, render: (answer: T) => string): void {
  if (context.json) context.printJson(answer)
  else context.print(`${context.stdout.isTTY === true ? '\u001b[H\u001b[2J' : ''}${render(answer)}\n`)
}
