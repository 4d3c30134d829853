/** What was seen of one indicator. */
export interface Signal {
  /** Id of the indicator. */
  readonly id: string
  readonly count: number
  /** Up to three places, relative to the project, first in the alphabet. Foreign text: show it escaped. */
  readonly examples: readonly string[]
}

/** A place that could not be looked at. */
export interface ScanProblem {
  readonly path: string
  /** The system's code, for example `EACCES`. */
  readonly code: string
}

/**
 * What a project consists of, by names alone: plain data without clock, order or machine in it, equal for
 * equal trees.
 */
export interface ProjectProfile {
  /** Regular files outside ignored folders. */
  readonly files: number
  readonly folders: number
  /** Symbolic links (never followed) and devices, sockets and pipes (never opened). */
  readonly links: number
  readonly others: number
  /** Files of a programming language that are not generated, tests included. */
  readonly codeFiles: number
  /** Of these, those outside folders that belong to another type, such as `etl/` or `terraform/`. */
  readonly applicationFiles: number
  readonly testFiles: number
  /** Most files first, then by name. */
  readonly languages: readonly { readonly name: string; readonly files: number }[]
  /** In the order of the catalogue of indicators; only what was seen. */
  readonly signals: readonly Signal[]
  /** Vendored and generated folders that were left out. */
  readonly ignoredFolders: number
  /** Whether the project's own folder is a git work tree. */
  readonly isGit: boolean
  /** Up to 20 places that could not be read, by path; `unreadable` counts them all. */
  readonly problems: readonly ScanProblem[]
  readonly unreadable: number
  /** Whether the limit was reached, so that the profile describes only a part. */
  readonly isTruncated: boolean
}

/** A profile of a project with nothing in it. */
export const emptyProfile: ProjectProfile = {
  files: 0,
  folders: 0,
  links: 0,
  others: 0,
  codeFiles: 0,
  applicationFiles: 0,
  testFiles: 0,
  languages: [],
  signals: [],
  ignoredFolders: 0,
  isGit: false,
  problems: [],
  unreadable: 0,
  isTruncated: false,
}
