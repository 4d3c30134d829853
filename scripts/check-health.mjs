import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { withTarball } from './pack.mjs'
import { listPublished } from './published-packages.mjs'
import { cacheDirectory, root } from './say.mjs'
import { checkTarball } from './tarball.mjs'

const run = promisify(execFile)
const cacheFile = `${cacheDirectory}/health.json`
const bin = `${root}/node_modules/.bin`
const atOnce = 2
const scripts = ['check-health', 'pack', 'published-packages', 'tarball'].map((name) => `scripts/${name}.mjs`)

/**
 * Is each package fit to be published? publint, attw and we look at the very tarball that would be, and a plain CommonJS process
 * requires every entry. What was found healthy is remembered by its content.
 */
const known = readCache()
/** @type {Record<string, number>} how many bytes the tarball of each package may have */
const sizes = JSON.parse(readFileSync(`${root}/sizes.json`, 'utf8'))
const packages = listPublished().map((one) => ({ ...one, hash: hashOf(one) }))
const stale = packages.filter(({ name, hash }) => known[name] !== hash)
const problems = (await inTurns(stale, checkPackage)).flat()
const healthy = packages.filter(({ name }) => !problems.some((problem) => problem.startsWith(`${name}: `)))
mkdirSync(cacheDirectory, { recursive: true })
writeFileSync(cacheFile, JSON.stringify(Object.fromEntries(healthy.map(({ name, hash }) => [name, hash]))))
for (const problem of problems) console.error(problem)
console.log(`${healthy.length} of ${packages.length} packages are healthy, ${stale.length} looked at`)
process.exitCode = problems.length === 0 ? 0 : 1

/** @returns {Record<string, string>} */
function readCache() {
  return existsSync(cacheFile) ? JSON.parse(readFileSync(cacheFile, 'utf8')) : {}
}

/** @param {import('./published-packages.mjs').Published} one */
function hashOf({ name, directory }) {
  const hash = createHash('sha256').update(`${process.version} ${sizes[name]}\n`)
  for (const file of ['pnpm-lock.yaml', ...scripts]) hash.update(readFileSync(`${root}/${file}`))
  for (const entry of ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'bin', 'dist']) {
    for (const file of listFiles(`${directory}/${entry}`)) hash.update(`${file}\n`).update(readFileSync(file))
  }
  return hash.digest('hex')
}

/** @param {string} path @returns {string[]} */
function listFiles(path) {
  if (!existsSync(path)) return []
  try {
    return readdirSync(path)
      .sort()
      .flatMap((name) => listFiles(`${path}/${name}`))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return [path]
    throw error
  }
}

/** @param {import('./published-packages.mjs').Published} one @returns {Promise<string[]>} */
async function checkPackage({ name, directory, manifest }) {
  return withTarball(directory, async ({ tarball, bytes, room }) => {
    await run('tar', ['-xzf', tarball, '-C', room])
    const entries = listEntries(manifest)
    const typed = ['--profile', 'esm-only', '--format', 'ascii', '--no-emoji']
    const findings = await Promise.all([
      findProblem(`${bin}/publint`, ['run', tarball, '--strict'], room),
      entries.length === 0 ? undefined : findProblem(`${bin}/attw`, [tarball, ...typed], room),
      ...entries.map((entry) => findProblem(process.execPath, ['-e', requireText(entry)], directory)),
    ])
    const problems = checkTarball(`${room}/package`, { bytes, bytesMax: sizes[name] })
    return [...problems, ...findings.filter((text) => text !== undefined)].map((text) => `${name}: ${text}`)
  })
}

/** @param {import('./published-packages.mjs').Manifest} manifest @returns {string[]} */
function listEntries(manifest) {
  return Object.keys(manifest.exports)
    .filter((entry) => !entry.endsWith('.json'))
    .map((entry) => manifest.name + entry.slice(1))
}

/** A package finds itself by its own name. @param {string} entry */
function requireText(entry) {
  return `if (Object.keys(require(${JSON.stringify(entry)})).length === 0) throw new Error('require() gives nothing')`
}

/** @param {string} program @param {readonly string[]} args @param {string} cwd */
async function findProblem(program, args, cwd) {
  try {
    await run(program, args, { cwd, env: { ...process.env, NODE_NO_WARNINGS: '1', NO_COLOR: '1' } })
    return undefined
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const { stdout = '', stderr = '' } = /** @type {{ stdout?: string, stderr?: string }} */ (error)
    return `${program.split('/').at(-1)} ${args.join(' ')}\n${stdout}${stderr}`
  }
}

/**
 * @template T, R
 * @param {readonly T[]} items
 * @param {(item: T) => Promise<R>} work
 * @returns {Promise<R[]>}
 */
async function inTurns(items, work) {
  const queue = [...items]
  /** @type {R[]} */
  const results = []
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) results.push(await work(item))
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}
