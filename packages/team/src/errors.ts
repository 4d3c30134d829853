/** What a {@link TeamError} carries beyond its message, by code. */
export interface TeamErrorDetails {
  NO_SUCH_DIRECTORY: { readonly path: string }
  NOT_A_DIRECTORY: { readonly path: string }
  UNREADABLE: { readonly path: string; readonly reason: string }
  NO_SUCH_SPEC: { readonly path: string }
  BAD_SPEC: {
    readonly reason: 'empty' | 'binary' | 'too-large' | 'not-a-file' | 'too-many-tasks'
    readonly path?: string
  }
  UNKNOWN_ROLE: { readonly given: string; readonly known: readonly string[] }
  UNKNOWN_CHOICE: {
    readonly choice: 'projectType' | 'size' | 'plan'
    readonly given: string
    readonly known: readonly string[]
  }
  NO_ROLES: Record<never, never>
  OVER_PLAN: { readonly plan: string; readonly limit: number; readonly asked: number }
}

/** Stable codes of everything this package throws on purpose. */
export type TeamErrorCode = keyof TeamErrorDetails

/** A project, spec or choice that no team can be composed from. `hint` is the next step. */
export class TeamError<C extends TeamErrorCode = TeamErrorCode> extends Error {
  override readonly name = 'TeamError'
  readonly code: C
  readonly details: TeamErrorDetails[C]
  readonly hint: string

  constructor(
    code: C,
    message: string,
    o: { readonly details: TeamErrorDetails[C]; readonly hint: string; readonly cause?: unknown },
  ) {
    super(message, o.cause === undefined ? undefined : { cause: o.cause })
    this.code = code
    this.details = o.details
    this.hint = o.hint
  }
}

/** Whether a value is a {@link TeamError}, also one of another installed copy of this package. */
export function isTeamError(value: unknown): value is TeamError {
  return value instanceof Error && value.name === 'TeamError' && 'code' in value
}
