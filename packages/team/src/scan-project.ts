import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { compare, type EntryKind, type FolderPath, ProfileCollector } from './collect-profile.ts'
import { TeamError } from './errors.ts'
import { isIgnoredFolder, marksGeneratedFolder } from './ignored-folders.ts'
import type { ProjectProfile } from './project-profile.ts'

/** Settings of {@link scanProject}. */
export interface ScanOptions {
  /** Stops the scan; its reason is thrown untouched. */
  readonly signal?: AbortSignal
  /**
   * Files and folders to look at before the rest is left out (`isTruncated`).
   * @defaultValue 200000
   */
  readonly maxFiles?: number
}

const defaults = { maxFiles: 200_000 } satisfies Omit<Required<ScanOptions>, 'signal'>
/** Folders read at once: enough to keep the system busy, few enough to stay deterministic at the limit. */
const concurrency = 32

/**
 * A profile of the project in a folder, from the names in its tree: no content is read, no link followed,
 * nothing but folders opened. Vendored and generated folders and nested repositories of a git project are left
 * out; what cannot be read is recorded in the profile.
 *
 * @throws TeamError `NO_SUCH_DIRECTORY`, `NOT_A_DIRECTORY`, `UNREADABLE` when the folder itself is of no use.
 */
export async function scanProject(dir: string, options: ScanOptions = {}): Promise<ProjectProfile> {
  const { signal, maxFiles = defaults.maxFiles } = options
  if (!(maxFiles >= 1)) throw new RangeError(`maxFiles must be at least 1, not ${maxFiles}`)
  signal?.throwIfAborted()
  const root = await rootOf(dir)
  const scan = new Scan(maxFiles)
  scan.open(await readRoot(root))
  while (scan.next.length > 0) {
    const level = scan.next
    scan.next = []
    for (let at = 0; at < level.length; at += concurrency) {
      signal?.throwIfAborted()
      if (scan.isFull) return scan.finish('truncated')
      const chunk = level.slice(at, at + concurrency)
      const listings = await Promise.all(chunk.map((folder) => list(join(root, ...folder))))
      chunk.forEach((folder, index) => {
        scan.visit(folder, listings[index])
      })
    }
  }
  signal?.throwIfAborted()
  return scan.finish()
}

type Listing = readonly Dirent[] | NodeJS.ErrnoException | undefined

/** The state of one scan: level by level, each in order, so that a limit cuts at the same place every time. */
class Scan {
  readonly #collector = new ProfileCollector()
  next: FolderPath[] = []
  #isGit = false
  #left: number

  constructor(maxFiles: number) {
    this.#left = maxFiles
  }

  get isFull(): boolean {
    return this.#left <= 0
  }

  open(entries: readonly Dirent[]): void {
    this.#isGit = entries.some((entry) => entry.name === '.git')
    if (this.#isGit) this.#collector.markGit()
    this.#take([], entries)
  }

  visit(folder: FolderPath, listing: Listing): void {
    if (this.isFull) this.#collector.markTruncated()
    else if (listing instanceof Error) this.#collector.addProblem(folder.join('/'), listing.code ?? 'UNKNOWN')
    else if (listing && this.#isForeign(listing)) this.#collector.ignoreFolder()
    else if (listing) this.#take(folder, listing)
  }

  /** A repository inside a repository, a virtual environment, a cache. */
  #isForeign(listing: readonly Dirent[]): boolean {
    return listing.some(({ name }) => (this.#isGit && name === '.git') || marksGeneratedFolder(name))
  }

  finish(how?: 'truncated'): ProjectProfile {
    if (how === 'truncated') this.#collector.markTruncated()
    return this.#collector.profile()
  }

  #take(folder: FolderPath, entries: readonly Dirent[]): void {
    for (const entry of entries.toSorted((a, b) => compare(a.name, b.name))) {
      if (this.isFull) {
        this.#collector.markTruncated()
        return
      }
      this.#left -= 1
      this.#takeEntry(folder, entry)
    }
  }

  #takeEntry(folder: FolderPath, entry: Dirent): void {
    const kind = kindOf(entry)
    if (kind === 'folder' && isIgnoredFolder(entry.name)) {
      this.#collector.ignoreFolder()
      return
    }
    this.#collector.add(folder, entry.name, kind)
    if (kind === 'folder') this.next.push([...folder, entry.name])
  }
}

function kindOf(entry: Dirent): EntryKind {
  if (entry.isFile()) return 'file'
  if (entry.isDirectory()) return 'folder'
  return entry.isSymbolicLink() ? 'link' : 'other'
}

async function list(path: string): Promise<Listing> {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch (error) {
    if (isSystemError(error)) return error
    throw error
  }
}

async function rootOf(dir: string): Promise<string> {
  try {
    const root = await realpath(dir)
    if ((await stat(root)).isDirectory()) return root
  } catch (error) {
    throw rootError(dir, error)
  }
  throw new TeamError('NOT_A_DIRECTORY', `cannot look at ${dir}: it is not a folder`, {
    details: { path: dir },
    hint: 'name the folder that holds the project',
  })
}

async function readRoot(root: string): Promise<readonly Dirent[]> {
  const listing = await list(root)
  if (Array.isArray(listing)) return listing
  throw rootError(root, listing)
}

function rootError(path: string, cause: unknown): unknown {
  if (!isSystemError(cause)) return cause
  const details = { path, reason: cause.code ?? 'UNKNOWN' }
  if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') {
    const hint = 'name the folder that holds the project'
    return new TeamError('NO_SUCH_DIRECTORY', `there is no folder ${path}`, { details, hint, cause })
  }
  const hint = 'make the folder readable for this user (ls -ld shows its owner and mode)'
  return new TeamError('UNREADABLE', `cannot read ${path}: ${details.reason}`, { details, hint, cause })
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
}
