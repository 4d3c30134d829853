import { comment, commentStyle, extensionOf, headLines } from './comment.ts'
import { isRecord, parseJson } from './json.ts'
import { csvRow, type ModuleKind, newFile } from './new-file.ts'
import { type Section, sectionFor } from './section.ts'
import type { Task } from './team-view.ts'

export interface FileWork {
  readonly path: string
  readonly task: Task
  readonly seed: number
  /** What the last commit holds; `undefined` when the file is new, empty counts as new. */
  readonly committed: string | undefined
  readonly moduleKind: ModuleKind
}

const scripts: ReadonlySet<string> = new Set(['js', 'mjs', 'cjs', 'ts', 'mts', 'cts', 'jsx', 'tsx'])
const isModule = (text: string): boolean => /^\s*(?:export|import)\b(?!\s*\()/m.test(text)

/** The whole content that a file has once a task is done: the committed one with a section of the task at its end. */
export function contentAfter(work: FileWork): string {
  const { committed, path, task, seed } = work
  if (committed === undefined || committed.trim() === '') {
    return newFile(path, sectionFor(path, task, seed, 1), work.moduleKind)
  }
  let number = 1
  let section = sectionFor(path, task, seed, number)
  while (hasSection(committed, path, section)) section = sectionFor(path, task, seed, ++number)
  return addSection(committed, path, section)
}

const jsonKey = (section: Section): string =>
  `x-${section.id}${section.number > 1 ? `-${section.number}` : ''}`
const constName = (section: Section): string =>
  `${section.name}_${`${section.id}_${section.number}`.replace(/\W+/g, '_')}`

function hasSection(content: string, path: string, section: Section): boolean {
  if (extensionOf(path) === 'json') return content.includes(JSON.stringify(jsonKey(section)))
  const [title = ''] = headLines(section)
  if (section.number > 1 || content.includes(title)) return content.includes(title)
  return (['esm', 'cjs'] as const).some((kind) => content.startsWith(newFile(path, section, kind)))
}

function addSection(content: string, path: string, section: Section): string {
  const extension = extensionOf(path)
  const before = content.endsWith('\n') ? content : `${content}\n`
  if (extension === 'json' || extension === 'ipynb') return addToJson(before, section)
  if (extension === 'csv') return `${before}${csvRow(section)}\n`
  if (extension === 'md' || extension === 'markdown') return `${before}\n${markdownSection(section)}`
  const note = comment(commentStyle(path), headLines(section))
  if (!scripts.has(extension) || !isModule(content)) return `${before}\n${note}\n`
  return `${before}\n${note}\nexport const ${constName(section)} = ${section.value}\n`
}

function markdownSection(section: Section): string {
  const [title = '', note = ''] = headLines(section)
  return `## ${title.replaceAll('<', '&lt;')}\n\n${note}\n`
}

function addToJson(content: string, section: Section): string {
  const value = parseJson(content)
  const entry = { task: section.id, title: section.title, value: section.value }
  if (Array.isArray(value)) return `${JSON.stringify([...value, entry], null, 2)}\n`
  if (isRecord(value)) return `${JSON.stringify({ ...value, [jsonKey(section)]: entry }, null, 2)}\n`
  if (value !== undefined) return `${JSON.stringify([value, entry], null, 2)}\n`
  return `${content}\n${comment('slash', headLines(section))}\n`
}
