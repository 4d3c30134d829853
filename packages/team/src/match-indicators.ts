import { type Indicator, indicators } from './indicators.ts'

type Index = ReadonlyMap<string, readonly number[]>

function indexBy(key: 'files' | 'endings' | 'folders' | 'paths'): Index {
  const index = new Map<string, number[]>()
  indicators.forEach((indicator, position) => {
    for (const name of indicator[key] ?? []) {
      const list = index.get(name)
      if (list) list.push(position)
      else index.set(name, [position])
    }
  })
  return index
}

const files = indexBy('files')
const endings = indexBy('endings')
const folders = indexBy('folders')
const paths = indexBy('paths')

/** Endings begin at a dot, or at a `_` or `-` before a word (`shop_deployment.md`). */
function endingMatches(name: string): readonly number[] {
  let found: readonly number[] = []
  for (let at = 1; at < name.length; at++) {
    const character = name.charCodeAt(at)
    if (character !== 46 && character !== 45 && character !== 95) continue
    const hit = endings.get(name.slice(at))
    if (hit) found = found.length === 0 ? hit : [...found, ...hit]
  }
  return found
}

const within = (positions: readonly number[], depth: number): readonly number[] =>
  positions.filter((position) => depth <= (at(position).depthMax ?? Number.POSITIVE_INFINITY))

function at(position: number): Indicator {
  const indicator = indicators[position]
  if (!indicator) throw new RangeError(`no indicator ${position}`)
  return indicator
}

/** Positions in the catalogue of what a file's lower-case name indicates at a depth (0: the root). */
export function matchFile(name: string, depth: number): readonly number[] {
  const exact = files.get(name) ?? []
  const byEnding = endingMatches(name)
  if (exact.length === 0 && byEnding.length === 0) return exact
  return within([...new Set([...exact, ...byEnding])], depth)
}

/** The same for a folder; `path` is its whole lower-case path inside the project. */
export function matchFolder(name: string, path: string, depth: number): readonly number[] {
  const hits = [...(folders.get(name) ?? []), ...(paths.get(path) ?? [])]
  return hits.length === 0 ? hits : within([...new Set(hits)], depth)
}
