import { parentOf } from './process-state.ts'

/**
 * Of which of these processes a changed file may be that is named `<pid>.json`: of that one, or of the one that started it, however
 * many wrappers lie between. Of none where another started it, as a person's own session; of any where that cannot be told.
 */
export function ownersOf(
  file: string | undefined,
  pids: readonly number[],
  proc = '/proc',
): readonly number[] {
  const named = /^(\d+)\.json/.exec(file ?? '')?.[1]
  if (named === undefined) return pids
  for (let pid = Number(named); pid > 0; ) {
    if (pids.includes(pid)) return [pid]
    const parent = parentOf(pid, proc)
    if (parent === undefined) return pids
    pid = parent
  }
  return []
}
