import { appendFile, lstat, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { contentAfter } from './add-section.ts'
import { isSimError, SimError } from './errors.ts'
import type { Git } from './git.ts'
import { isRecord, parseJson } from './json.ts'
import type { ModuleKind } from './new-file.ts'
import { namedPath, safeName, taskFiles } from './task-path.ts'
import type { Task } from './team-view.ts'

export interface Written {
  /** Paths inside the worktree that hold the task's content. */
  readonly files: readonly string[]
  /** Why the other named files were left alone. */
  readonly refused: readonly string[]
}

export interface WriteTaskOptions {
  readonly root: string
  readonly seed: number
  readonly git: Pick<Git, 'committed'>
}

const fileMaxBytes = 2 * 1024 * 1024

/** Writes the files of a task. Safe to repeat: what already stands there is not written twice. */
export async function writeTask(task: Task, options: WriteTaskOptions): Promise<Written> {
  const files: string[] = []
  const refused: string[] = []
  for (const name of taskFiles(task)) {
    try {
      files.push(await writeNamed(name, task, options))
    } catch (error) {
      if (!isSimError(error) || error.code !== 'PATH_REFUSED') throw error
      refused.push(`${JSON.stringify(name)} refused, ${error.message}`)
    }
  }
  return { files: [...new Set(files)], refused }
}

async function writeNamed(name: string, task: Task, options: WriteTaskOptions): Promise<string> {
  const named = namedPath(name, task.id)
  if ('refused' in named) throw new SimError('PATH_REFUSED', named.refused)
  const path = await placeOf(named.path, task, options.root)
  const present = await readText(join(options.root, path))
  const moduleKind = await moduleKindOf(path, options.root)
  const work = { path, task, seed: options.seed, moduleKind }
  const committed = present === undefined ? undefined : await options.git.committed(path)
  if (present === undefined || present !== contentAfter({ ...work, committed })) {
    await write(join(options.root, path), present, contentAfter({ ...work, committed: present }), name)
  }
  return path
}

/**
 * The path to write to, once nothing on the way leads elsewhere; a folder gets a file of the task's own.
 *
 * @throws SimError `PATH_REFUSED`
 */
export async function placeOf(path: string, task: Task, root: string): Promise<string> {
  const parts = path.split('/')
  for (let count = 1; count <= parts.length; count++) {
    const part = join(root, ...parts.slice(0, count))
    const kind = await kindAt(part)
    if (kind === 'absent') return path
    if (kind === 'link') throw new SimError('PATH_REFUSED', 'it goes through a symbolic link')
    if (kind === 'other') throw new SimError('PATH_REFUSED', 'not a regular file')
    if (kind === 'file' && count < parts.length)
      throw new SimError('PATH_REFUSED', 'a file stands where a folder is needed')
    if (kind === 'folder' && (await kindAt(join(part, '.git'))) !== 'absent') {
      throw new SimError('PATH_REFUSED', 'it belongs to another repository')
    }
    if (kind === 'folder' && count === parts.length)
      return placeOf(`${path}/${safeName(task.id)}.md`, task, root)
  }
  return path
}

type PathKind = 'absent' | 'file' | 'folder' | 'link' | 'other'

async function kindAt(path: string): Promise<PathKind> {
  try {
    const stat = await lstat(path)
    if (stat.isSymbolicLink()) return 'link'
    if (stat.isDirectory()) return 'folder'
    return stat.isFile() ? 'file' : 'other'
  } catch (error) {
    if (isRecord(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return 'absent'
    throw error
  }
}

async function readText(file: string): Promise<string | undefined> {
  if ((await kindAt(file)) === 'absent') return undefined
  if ((await lstat(file)).size > fileMaxBytes)
    throw new SimError('PATH_REFUSED', 'the file is too large to add to')
  const bytes = await readFile(file)
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    if (!text.includes('\0')) return text
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
  throw new SimError('PATH_REFUSED', 'the file is not text')
}

async function moduleKindOf(path: string, root: string): Promise<ModuleKind> {
  if (!path.endsWith('.js')) return 'esm'
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const text = await readText(join(root, folder, 'package.json'))
    if (text !== undefined) {
      const manifest = parseJson(text)
      return isRecord(manifest) && manifest.type === 'module' ? 'esm' : 'cjs'
    }
    if (folder === '.') return 'esm'
  }
}

/** Appends where the text only grows, so that a kill in between loses nothing; replaces the file whole otherwise. */
async function write(file: string, before: string | undefined, after: string, name: string): Promise<void> {
  if (before === undefined) {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, after, { flag: 'wx', mode: /\.(?:ba)?sh$/.test(name) ? 0o777 : 0o666 })
    return
  }
  if (after.startsWith(before)) return appendFile(file, after.slice(before.length))
  const temporary = `${file}.${process.pid}.tmp`
  await writeFile(temporary, after, { mode: (await lstat(file)).mode })
  await rename(temporary, file)
}
