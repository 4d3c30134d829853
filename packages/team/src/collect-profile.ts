import { indicators } from './indicators.ts'
import { isTestFile, languageOf } from './languages.ts'
import { matchFile, matchFolder } from './match-indicators.ts'
import type { ProjectProfile, ScanProblem, Signal } from './project-profile.ts'

const exampleLimit = 3
const problemLimit = 20

/** Folders that show or test something else than what the project is. */
const asides: ReadonlySet<string> = new Set([
  ...['examples', 'example', 'samples', 'sample', 'fixtures', 'fixture', '__fixtures__', 'testdata'],
  ...['test-data', 'test_data', 'mocks', '__mocks__', 'snapshots', '__snapshots__', 'demo', 'demos'],
])

/** Top folders whose source files speak for another type than code_project. */
const ownedByTypes: ReadonlySet<string> = new Set([
  ...['etl', 'elt', 'ingestion', 'dags', 'pipeline', 'pipelines', 'notebooks', 'datasets'],
  ...['ansible', 'playbooks', 'deploy', 'deployment', 'deployments', 'infrastructure', 'systemd'],
  ...['terraform', 'tofu', 'pulumi', 'cloudformation', 'crossplane', 'k8s', 'kubernetes', 'helm'],
])

/** One folder on the way: its names from the project's root down. */
export type FolderPath = readonly string[]

/** A name that the collector is told about. */
export type EntryKind = 'file' | 'folder' | 'link' | 'other'

/** Gathers a profile from names, in any order. Pure but for its own counters. */
export class ProfileCollector {
  #counts = { files: 0, folders: 0, links: 0, others: 0, codeFiles: 0, applicationFiles: 0, testFiles: 0 }
  #languages = new Map<string, number>()
  #signals = indicators.map(() => ({ count: 0, examples: [] as string[] }))
  #problems: ScanProblem[] = []
  #ignoredFolders = 0
  #isGit = false
  #isTruncated = false

  add(folder: FolderPath, name: string, kind: EntryKind): void {
    if (kind === 'file') this.#addFile(folder, name)
    else if (kind === 'folder') this.#addFolder(folder, name)
    else this.#counts[kind === 'link' ? 'links' : 'others'] += 1
  }

  ignoreFolder(): void {
    this.#ignoredFolders += 1
  }

  markGit(): void {
    this.#isGit = true
  }

  markTruncated(): void {
    this.#isTruncated = true
  }

  addProblem(path: string, code: string): void {
    this.#problems.push({ path, code })
  }

  #addFile(folder: FolderPath, name: string): void {
    this.#counts.files += 1
    const lower = name.toLowerCase()
    if (!isAside(folder)) this.#see(matchFile(lower, folder.length), folder, name)
    const language = languageOf(name)
    if (language === undefined) return
    this.#counts.codeFiles += 1
    this.#languages.set(language, (this.#languages.get(language) ?? 0) + 1)
    if (isTestFile(name, folder)) this.#counts.testFiles += 1
    else if (!ownedByTypes.has((folder[0] ?? '').toLowerCase())) this.#counts.applicationFiles += 1
  }

  #addFolder(folder: FolderPath, name: string): void {
    this.#counts.folders += 1
    if (isAside(folder)) return
    const path = [...folder, name].join('/').toLowerCase()
    this.#see(matchFolder(name.toLowerCase(), path, folder.length), folder, `${name}/`)
  }

  #see(positions: readonly number[], folder: FolderPath, name: string): void {
    for (const position of positions) {
      const signal = this.#signals[position]
      if (!signal) continue
      signal.count += 1
      const path = folder.length === 0 ? name : `${folder.join('/')}/${name}`
      keepSmallest(signal.examples, path)
    }
  }

  profile(): ProjectProfile {
    const signals = this.#signals.flatMap((signal, position): Signal[] => {
      const indicator = indicators[position]
      return indicator && signal.count > 0 ? [{ id: indicator.id, ...signal }] : []
    })
    const languages = [...this.#languages].map(([name, files]) => ({ name, files }))
    languages.sort((a, b) => b.files - a.files || compare(a.name, b.name))
    const problems = this.#problems.toSorted((a, b) => compare(a.path, b.path))
    return {
      ...this.#counts,
      languages,
      signals,
      ignoredFolders: this.#ignoredFolders,
      isGit: this.#isGit,
      problems: problems.slice(0, problemLimit),
      unreadable: problems.length,
      isTruncated: this.#isTruncated,
    }
  }
}

/** Order by code unit: the same on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isAside(folder: FolderPath): boolean {
  return folder.some((name) => asides.has(name.toLowerCase()))
}

function keepSmallest(examples: string[], path: string): void {
  const last = examples.at(-1)
  if (examples.length === exampleLimit && last !== undefined && compare(path, last) >= 0) return
  examples.push(path)
  examples.sort(compare)
  examples.length = Math.min(examples.length, exampleLimit)
}
