export interface TmuxVersion {
  readonly major: number
  readonly minor: number
  /** What follows the number: `a` in `3.3a`, `-rc2` in `3.6-rc2`; mostly empty. */
  readonly suffix: string
  readonly text: string
}

/** The version in what `tmux -V` or `#{version}` says, or `undefined` when there is none in it. */
export function parseVersion(text: string): TmuxVersion | undefined {
  const match = /^(?:tmux )?(?:next-|openbsd-)?(\d{1,4})\.(\d{1,4})(\S{0,20})/.exec(text.trim())
  if (match === null) return undefined
  const [, major, minor, suffix = ''] = match
  return { major: Number(major), minor: Number(minor), suffix, text: text.trim().replace(/^tmux /, '') }
}

/** Whether `version` is `major.minor` or newer. */
export function isAtLeast(version: TmuxVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor)
}
