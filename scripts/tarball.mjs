import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { readManifest } from './published-packages.mjs'

/**
 * What is wrong with a package as its tarball holds it, one line each: files that it names and does not have, imports that nothing
 * declares, source maps that point nowhere, a size that it does not keep.
 *
 * @param {string} folder the unpacked tarball
 * @param {{ bytes: number, bytesMax: number | undefined }} size of the tarball, and what is stated
 * @returns {string[]}
 */
export function checkTarball(folder, { bytes, bytesMax }) {
  const manifest = readManifest(`${folder}/package.json`)
  const files = listFiles(folder)
  return [
    ...checkPages(files),
    ...checkChangelog(folder, files, manifest),
    ...listTargets(manifest)
      .filter(({ path }) => !files.includes(path))
      .map(({ path, by }) => `${path} is missing, which ${by} names`),
    ...listUntyped(manifest).map((entry) => `exports["${entry}"] has no types`),
    ...files.flatMap((file) => checkImports(folder, file, files, manifest)),
    ...files.flatMap((file) => checkSourceMap(folder, file)),
    ...checkSize(bytes, bytesMax),
  ]
}

/** @param {string} folder @returns {string[]} relative, with `/` */
function listFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()
}

/** @param {readonly string[]} files */
function checkPages(files) {
  return [
    ...(files.includes('README.md') ? [] : ['README.md is missing']),
    ...(files.some((file) => /^LICEN[CS]E(\.md)?$/.test(file)) ? [] : ['LICENSE is missing']),
  ]
}

/** What stands in package.json until changesets make the first version. */
const unreleased = '0.1.0'

/** @param {string} folder @param {readonly string[]} files @param {Manifest} manifest @returns {string[]} */
function checkChangelog(folder, files, { version, files: listed = [] }) {
  if (!listed.includes('CHANGELOG.md')) return ['package.json: files does not name CHANGELOG.md']
  if (version === unreleased) return []
  if (!files.includes('CHANGELOG.md')) return ['CHANGELOG.md is missing']
  const has = readFileSync(`${folder}/CHANGELOG.md`, 'utf8').split('\n').includes(`## ${version}`)
  return has ? [] : [`CHANGELOG.md does not tell of ${version}`]
}

/** @typedef {import('./published-packages.mjs').Manifest} Manifest */

/** @param {Manifest} manifest @returns {{ path: string, by: string }[]} */
function listTargets({ exports = {}, bin = {} }) {
  const exported = Object.entries(exports).flatMap(([entry, target]) =>
    Object.values(typeof target === 'string' ? { target } : target).map((path) => ({
      path: path.replace(/^\.\//, ''),
      by: `exports["${entry}"]`,
    })),
  )
  const programs = Object.entries(bin).map(([name, path]) => ({
    path: path.replace(/^\.\//, ''),
    by: `bin.${name}`,
  }))
  return [...exported, ...programs]
}

/** @param {Manifest} manifest @returns {string[]} */
function listUntyped({ exports = {} }) {
  return Object.entries(exports)
    .filter(([entry, target]) => !entry.endsWith('.json') && (typeof target === 'string' || !target.types))
    .map(([entry]) => entry)
}

/** @param {string} folder @param {string} file @param {readonly string[]} files @param {Manifest} manifest @returns {string[]} */
function checkImports(folder, file, files, manifest) {
  if (!/\.[cm]?[jt]s$/.test(file)) return []
  const { importedFiles } = ts.preProcessFile(readFileSync(`${folder}/${file}`, 'utf8'), true, true)
  return importedFiles.flatMap(({ fileName }) => {
    if (isBuiltin(fileName)) return []
    if (fileName.startsWith('.')) {
      const path = targetOf(join(dirname(file), fileName), file)
      return files.includes(path) ? [] : [`${path} is missing, which ${file} imports`]
    }
    const name = fileName.split('/', fileName.startsWith('@') ? 2 : 1).join('/')
    return isDeclared(name, manifest) ? [] : [`${name} is no dependency, and ${file} imports it`]
  })
}

/** Declarations name the module whose types they mean. @param {string} path @param {string} importer */
function targetOf(path, importer) {
  return /\.d\.[cm]?ts$/.test(importer) ? path.replace(/(?<!\.d)\.([cm]?)js$/, '.d.$1ts') : path
}

/** @param {string} name @param {Manifest} manifest */
function isDeclared(
  name,
  { name: own, dependencies = {}, optionalDependencies = {}, peerDependencies = {} },
) {
  return (
    name === own ||
    [dependencies, optionalDependencies, peerDependencies].some((list) => Object.hasOwn(list, name))
  )
}

/** @param {string} folder @param {string} file @returns {string[]} */
function checkSourceMap(folder, file) {
  if (!/\.[cm]?[jt]s$/.test(file)) return []
  const [, url] = /^\/\/# sourceMappingURL=(\S+)\s*$/m.exec(readFileSync(`${folder}/${file}`, 'utf8')) ?? []
  if (url === undefined || url.startsWith('data:')) return []
  const map = join(dirname(file), url)
  if (!existsSync(`${folder}/${map}`)) return [`${map} is missing, which ${file} names as its source map`]
  /** @type {{ sources: readonly string[], sourcesContent?: readonly (string | null)[] }} */
  const { sources, sourcesContent = [] } = JSON.parse(readFileSync(`${folder}/${map}`, 'utf8'))
  return sources
    .filter((source, at) => !sourcesContent[at] && !existsSync(join(folder, dirname(map), source)))
    .map((source) => `${map} points to ${source}, which is not in the package`)
}

/** @param {number} bytes @param {number | undefined} bytesMax */
function checkSize(bytes, bytesMax) {
  if (bytesMax === undefined) return ['sizes.json does not state how large it may be']
  return bytes > bytesMax ? [`it has ${bytes} bytes, and sizes.json states ${bytesMax} at most`] : []
}
