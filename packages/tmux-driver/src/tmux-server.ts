/** One life of one server: pane ids are unique within it, and only there. */
export interface TmuxServer {
  readonly pid: number
  /** Epoch seconds, from `#{start_time}`. */
  readonly startedAt: number
  readonly socketPath: string
}

export function isSameServer(a: TmuxServer | undefined, b: TmuxServer | undefined): boolean {
  return a !== undefined && b !== undefined && a.pid === b.pid && a.startedAt === b.startedAt
}
