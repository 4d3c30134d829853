import type { CommandRunner } from './command-runner.ts'
import { requireCount } from './creation.ts'
import { isPaneId, type PaneId, parseWindowId, type WindowId } from './ids.ts'
import { formatCommand } from './quote.ts'

/** tmux's own arrangements of a window's panes. */
export type LayoutName = 'even-horizontal' | 'even-vertical' | 'main-horizontal' | 'main-vertical' | 'tiled'

/** @throws TypeError for what is neither the name of a layout nor the description of one. */
function requireLayout(layout: string): string {
  if (/^[a-z]+(-[a-z]+)?$|^[0-9a-f]{4},[0-9a-fx,{}[\]]+$/.test(layout)) return layout
  throw new TypeError(`not a layout: ${JSON.stringify(layout)}`)
}

export async function arrange(
  runner: CommandRunner,
  window: WindowId,
  layout: LayoutName | (string & {}),
): Promise<void> {
  const target = parseWindowId(window)
  await runner.run(formatCommand(['select-layout', '-t', target, requireLayout(layout)]), { target })
}

/** Of a window, or of a pane within its window. */
export async function resize(
  runner: CommandRunner,
  target: WindowId | PaneId,
  { cols, rows }: { readonly cols: number; readonly rows: number },
): Promise<void> {
  const command = isPaneId(target) ? 'resize-pane' : 'resize-window'
  const id = isPaneId(target) ? target : parseWindowId(target)
  const argv = [command, '-t', id, '-x', requireCount(cols), '-y', requireCount(rows)]
  await runner.run(formatCommand(argv), { target: id })
}
