/** A version of tmux, in parts that compare. */
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

/** What a server can do, by its version; the driver chooses its ways by them. */
export interface TmuxFeatures {
  /** The signal that ended a pane's program is told. Since 3.3. */
  readonly deadSignal: boolean
  /** The server itself survives input to a dead pane; the driver's guard is there all the same. Since 3.4. */
  readonly safeDeadPaste: boolean
  /** Control characters in a paste are made visible unless told not to, which the driver does. Since 3.7. */
  readonly encodesPastes: boolean
  /** Capturing does not cost the server memory for good; seen on 3.8, not on 3.3a and 3.5a. */
  readonly freesCaptures: boolean
  /** No notification stands inside a reply. Since 3.8. */
  readonly cleanReplies: boolean
}

export function featuresOf(version: TmuxVersion): TmuxFeatures {
  return {
    deadSignal: isAtLeast(version, 3, 3),
    safeDeadPaste: isAtLeast(version, 3, 4),
    encodesPastes: isAtLeast(version, 3, 7),
    freesCaptures: isAtLeast(version, 3, 8),
    cleanReplies: isAtLeast(version, 3, 8),
  }
}
