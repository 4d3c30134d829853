type Environment = Readonly<Record<string, string | undefined>>

const isOurs = (name: string): boolean => name === 'TMUX' || name === 'TMUX_PANE' || name.startsWith('TMO_')

/** What a server started by us inherits: the caller's environment without tmux's own variables and ours. */
export function inheritedEnvironment(environment: Environment): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && !isOurs(name)) kept[name] = value
  }
  return kept
}

/** `environment` made fit for a tmux server: not nested in another one, with a search path, and in UTF-8. */
export function serverEnvironment(
  environment: Environment,
  path: string | undefined,
  platform: string,
): Record<string, string> {
  const fit: Record<string, string> = path === undefined ? {} : { PATH: path }
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && name !== 'TMUX' && name !== 'TMUX_PANE') fit[name] = value
  }
  const locale = fit['LC_ALL'] || fit['LC_CTYPE'] || fit['LANG'] || ''
  if (/utf-?8/i.test(locale)) return fit
  delete fit['LC_ALL']
  fit['LC_CTYPE'] = platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'
  fit['LANG'] ??= fit['LC_CTYPE']
  return fit
}
