import { readdir, readFile, readlink } from 'node:fs/promises'
import { basename, sep } from 'node:path'
import { unlessAbsent } from './half-made.ts'
import { hasSystemCode } from './owner-record.ts'

/** A process that holds a directory. */
export interface Holder {
  readonly pid: number
  /** Its program's name, as the system has it. */
  readonly command: string
  /** `directory`: it works there. `file`: it has a file there open, or runs one. */
  readonly holds: 'directory' | 'file'
  /** What it holds. */
  readonly path: string
}

export interface FindHoldersOptions {
  /** Also look at open files and programs, which takes a look at each of them. @defaultValue false */
  readonly files?: boolean
  /** Where the system shows its processes. @defaultValue '/proc' */
  readonly proc?: string
}

/** Who holds each of the directories, this process left out; absent where the system does not show processes. */
export async function findHolders(
  directories: readonly string[],
  options: FindHoldersOptions = {},
): Promise<ReadonlyMap<string, readonly Holder[]> | undefined> {
  const { proc = '/proc' } = options
  const names = await unlessAbsent(readdir(proc))
  if (names === undefined || !names.includes('self')) return undefined
  const pids = names.filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  const found = (await Promise.all(pids.map((pid) => holdsOf(`${proc}/${pid}`, directories, options)))).flat()
  return new Map(
    directories.map((directory) => [
      directory,
      found.filter((holder) => isWithin(holder.path, directory)).toSorted((a, b) => a.pid - b.pid),
    ]),
  )
}

async function holdsOf(
  folder: string,
  directories: readonly string[],
  options: FindHoldersOptions,
): Promise<readonly Holder[]> {
  const isWanted = (path: string): boolean => directories.some((directory) => isWithin(path, directory))
  const cwd = await look(readlink(`${folder}/cwd`), '')
  const links = options.files && !isWanted(cwd) ? await linksOf(folder) : []
  const file = links.find(isWanted)
  if (!isWanted(cwd) && file === undefined) return []
  const command = (await look(readFile(`${folder}/comm`, 'utf8'), '')).trimEnd()
  const path = isWanted(cwd) ? cwd : (file ?? '')
  return [{ pid: Number(basename(folder)), command, holds: isWanted(cwd) ? 'directory' : 'file', path }]
}

async function linksOf(folder: string): Promise<readonly string[]> {
  const descriptors = await look(readdir(`${folder}/fd`), [])
  const links = ['exe', 'root', ...descriptors.map((descriptor) => `fd/${descriptor}`)]
  return Promise.all(links.map((link) => look(readlink(`${folder}/${link}`), '')))
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}${sep}`)
}

/** A process may end, or belong to somebody else, between two looks. */
async function look<T>(reading: Promise<T>, otherwise: T): Promise<T> {
  return reading.catch((error: unknown) => {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].some((code) => hasSystemCode(error, code))) return otherwise
    throw error
  })
}
