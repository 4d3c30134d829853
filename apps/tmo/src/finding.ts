import type { ProgramReport } from './check-program.ts'

/** One line of `tmo doctor`. */
export interface Finding {
  readonly what: string
  readonly ok: boolean
  readonly found: string
  /** What to do when it is not ok. */
  readonly remedy: string | null
  /** Without it nothing works; the others are needed for some things only. */
  readonly isNeeded: boolean
  /** Of an agent program: what its adapter reports. */
  readonly agent?: ProgramReport
}

/** Its rows in a table: further problems of a program come below it, each with its remedy. */
export function rowsOf(finding: Finding): readonly (readonly string[])[] {
  const { ok, isNeeded, what, found, remedy, agent } = finding
  const mark = ok ? 'ok' : isNeeded ? 'MISSING' : agent?.status === 'ready' ? 'watched' : 'no'
  const more = agent?.problems.slice(1).map((problem) => ['', '', problem.what, problem.remedy]) ?? []
  return [[mark, what, found, remedy ?? ''], ...more]
}
