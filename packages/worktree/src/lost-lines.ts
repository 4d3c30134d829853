/** One file as its common ancestor, both sides and the resolution have it; `''` where it is not there. */
export interface FourVersions {
  readonly base: string
  readonly side: string
  readonly other: string
  readonly resolution: string
}

/**
 * Lines that `side` has added since `base` and that `resolution` lacks, each with how often. Lines are counted, not placed: one
 * that was moved is not lost, and one that both sides added is needed once.
 */
export function findLostLines(versions: FourVersions): ReadonlyMap<string, number> {
  const base = countLines(versions.base)
  const other = countLines(versions.other)
  const resolution = countLines(versions.resolution)
  const lost = new Map<string, number>()
  for (const [line, count] of countLines(versions.side)) {
    if (line.trim() === '') continue
    const before = base.get(line) ?? 0
    const added = count - before
    if (added <= 0) continue
    const kept = Math.min(before, other.get(line) ?? 0)
    const missing = Math.min(added, kept + added - (resolution.get(line) ?? 0))
    if (missing > 0) lost.set(line, missing)
  }
  return lost
}

function countLines(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const line of text.split('\n')) {
    const plain = line.endsWith('\r') ? line.slice(0, -1) : line
    counts.set(plain, (counts.get(plain) ?? 0) + 1)
  }
  return counts
}

/** True when the markers of a conflict were left in, as git writes them: all three, each at the start of a line. */
export function hasConflictMarkers(text: string): boolean {
  return /^<{7}(?: .*)?$/m.test(text) && /^={7}$/m.test(text) && /^>{7}(?: .*)?$/m.test(text)
}
