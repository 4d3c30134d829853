import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { checkEdges } from './edges.mjs'
import { root } from './say.mjs'

/**
 * Reads the repository for {@link checkEdges}.
 *
 * @returns {import('./edges.mjs').Repository}
 */
export function readRepository(directory = root) {
  const read = (/** @type {string} */ folder) =>
    readdirSync(`${directory}/${folder}`)
      .filter((name) => existsSync(`${directory}/${folder}/${name}/package.json`))
      .map((name) => readPackage(`${directory}/${folder}/${name}`, name))
  return {
    rules: JSON.parse(readFileSync(`${directory}/dependencies.json`, 'utf8')),
    packages: read('packages'),
    apps: read('apps'),
  }
}

/** @param {string} directory @param {string} name @returns {import('./edges.mjs').Package} */
function readPackage(directory, name) {
  const folders = ['src', 'test', 'real', 'bench', 'slow', 'e2e', 'bin', 'examples'].filter((folder) =>
    existsSync(`${directory}/${folder}`),
  )
  const paths = folders.flatMap((folder) =>
    readdirSync(`${directory}/${folder}`, { recursive: true, encoding: 'utf8' }).map(
      (path) => `${folder}/${path}`,
    ),
  )
  return {
    name,
    manifest: JSON.parse(readFileSync(`${directory}/package.json`, 'utf8')),
    files: paths
      .filter((path) => /\.[cm]?[jt]sx?$/.test(path) && !/(^|\/)(node_modules|dist)\//.test(path))
      .map((path) => ({ path, text: readFileSync(`${directory}/${path}`, 'utf8') })),
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const problems = checkEdges(readRepository())
  for (const problem of problems) console.error(problem)
  process.exitCode = problems.length === 0 ? 0 : 1
}
