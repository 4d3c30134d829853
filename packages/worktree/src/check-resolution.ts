import { badRef, checkCommitId } from './branch-name.ts'
import { type Context, inStore } from './context.ts'
import { findLostLines, hasConflictMarkers } from './lost-lines.ts'
import { findMergeBase } from './merge.ts'
import type { CheckResolutionOptions, LostLine, ResolutionReport } from './merge-types.ts'
import { readBlobs } from './read-blobs.ts'

const sides = ['into', 'from'] as const

/** What one file is in a commit. */
interface Entry {
  readonly mode: string
  readonly object: string
}

export async function checkResolution(
  context: Context,
  options: CheckResolutionOptions,
): Promise<ResolutionReport> {
  const { signal, maxLines = 1000 } = options
  const ids = {
    into: checkCommitId(options.into),
    from: checkCommitId(options.from),
    resolution: checkCommitId(options.resolution),
  }
  const base = await findMergeBase(context, ids.into, ids.from, signal)
  if (base === undefined) throw badRef(ids.from, `has no common ancestor with ${ids.into}`)
  const [ancestry, changes, renames] = await Promise.all([
    Promise.all(sides.map((side) => findMergeBase(context, ids[side], ids.resolution, signal))),
    Promise.all(
      [ids.into, ids.from, ids.resolution].map((commit) => listEntries(context, base, commit, signal)),
    ),
    Promise.all(sides.map((side) => listRenames(context, ids[side], ids.resolution, signal))),
  ])
  const [into = new Map(), from = new Map(), resolution = new Map()] = changes
  const touched = [...new Set([...into.keys(), ...from.keys()])].sort()
  const versionsOf = (path: string): Versions => {
    const before = into.get(path)?.before ?? from.get(path)?.before
    const after = (change: Change | undefined): Entry | undefined => (change ? change.after : before)
    const moved = renames[0]?.get(path) ?? renames[1]?.get(path)
    const kept = after(resolution.get(path))
    return {
      base: before,
      into: after(into.get(path)),
      from: after(from.get(path)),
      resolution: kept ?? (moved === undefined ? undefined : resolution.get(moved)?.after),
    }
  }
  const files = touched.map((path) => ({ path, versions: versionsOf(path) }))
  const open = files.filter(({ versions }) => isOpen(versions))
  const wanted = open.flatMap(({ versions }) => Object.values(versions).map(textObject))
  const texts = await readBlobs(context, new Set(wanted.filter((object) => object !== undefined)), signal)
  const report = compareFiles(open, texts)
  const notMerged = sides.filter((side, index) => ancestry[index] !== ids[side])
  const lost = report.lost.slice(0, maxLines)
  const lostCount = report.lost.reduce((sum, { count }) => sum + count, 0)
  const complete = notMerged.length + report.markers.length + lostCount + report.unlike.length === 0
  return { complete, notMerged, markers: report.markers, lost, lostCount, unlike: report.unlike }
}

interface Versions {
  readonly base: Entry | undefined
  readonly into: Entry | undefined
  readonly from: Entry | undefined
  readonly resolution: Entry | undefined
}

/** Only what the one side that changed a file made of it is beyond question. */
function isOpen({ base, into, from, resolution }: Versions): boolean {
  if (isSame(into, from)) return !isSame(resolution, into)
  if (isSame(base, into)) return !isSame(resolution, from)
  if (isSame(base, from)) return !isSame(resolution, into)
  return true
}

function isSame(left: Entry | undefined, right: Entry | undefined): boolean {
  return left?.object === right?.object
}

function textObject(entry: Entry | undefined): string | undefined {
  return entry?.mode.startsWith('100') ? entry.object : undefined
}

function compareFiles(
  files: readonly { readonly path: string; readonly versions: Versions }[],
  texts: ReadonlyMap<string, string | undefined>,
): Pick<ResolutionReport, 'lost' | 'markers' | 'unlike'> {
  const lost: LostLine[] = []
  const markers: string[] = []
  const unlike: string[] = []
  for (const { path, versions } of files) {
    const read = (entry: Entry | undefined): string | undefined => {
      if (entry === undefined) return ''
      const object = textObject(entry)
      return object === undefined ? undefined : texts.get(object)
    }
    const base = read(versions.base)
    const into = read(versions.into)
    const from = read(versions.from)
    const resolution = read(versions.resolution)
    if (base === undefined || into === undefined || from === undefined || resolution === undefined) {
      const taken = [versions.into, versions.from].some((side) => isSame(side, versions.resolution))
      if (!taken) unlike.push(path)
      continue
    }
    if (hasConflictMarkers(resolution)) markers.push(path)
    for (const side of sides) {
      const [own, other] = side === 'into' ? [into, from] : [from, into]
      for (const [line, count] of findLostLines({ base, side: own, other, resolution }))
        lost.push({ path, side, line, count })
    }
  }
  return { lost, markers, unlike }
}

interface Change {
  readonly before: Entry | undefined
  readonly after: Entry | undefined
}

async function listEntries(
  context: Context,
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Change>> {
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-abbrev', '--no-renames', from, to, '--']
  const fields = (await context.git(args, { ...inStore(context), signal })).stdout.split('\0')
  const changes = new Map<string, Change>()
  for (let index = 0; fields[index]?.startsWith(':'); index += 2) {
    const [before = '', after = '', old = '', object = ''] = (fields[index] ?? '').slice(1).split(' ')
    const entry = (mode: string, id: string): Entry | undefined =>
      mode === '000000' ? undefined : { mode, object: id }
    changes.set(fields[index + 1] ?? '', { before: entry(before, old), after: entry(after, object) })
  }
  return changes
}

/** Where files of `from` have gone in `to`. */
async function listRenames(
  context: Context,
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const args = ['diff-tree', '-r', '-z', '--name-status', '-M', '--diff-filter=R', from, to, '--']
  const fields = (await context.git(args, { ...inStore(context), signal })).stdout.split('\0')
  const renames = new Map<string, string>()
  for (let index = 0; fields[index]?.startsWith('R'); index += 3)
    renames.set(fields[index + 1] ?? '', fields[index + 2] ?? '')
  return renames
}
