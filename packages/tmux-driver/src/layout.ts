/** tmux's own arrangements of a window's panes. */
export type LayoutName = 'even-horizontal' | 'even-vertical' | 'main-horizontal' | 'main-vertical' | 'tiled'

/** @throws TypeError for what is neither the name of a layout nor the description of one. */
export function requireLayout(layout: string): string {
  if (/^[a-z]+(-[a-z]+)?$|^[0-9a-f]{4},[0-9a-fx,{}[\]]+$/.test(layout)) return layout
  throw new TypeError(`not a layout: ${JSON.stringify(layout)}`)
}
