/**
 * @typedef {{ edges: Record<string, string[]>, apps: string, dev: Record<string, string[]> }} Rules dependencies.json
 * @typedef {{ path: string, text: string }} File path relative to its package
 * @typedef {{ name?: string, exports?: Record<string, unknown>, dependencies?: Record<string, string>,
 *   devDependencies?: Record<string, string>, peerDependencies?: Record<string, string>,
 *   peerDependenciesMeta?: Record<string, { optional?: boolean }> }} Manifest
 * @typedef {{ name: string, manifest: Manifest, files: readonly File[] }} Package `name`: its folder's
 * @typedef {{ rules: Rules, packages: readonly Package[], apps: readonly Package[] }} Repository
 */

const scope = '@tmux-orchestrator/'

/**
 * Who may import whom: one sentence per breach; empty when there is none.
 *
 * @param {Repository} repository
 * @returns {string[]}
 */
export function checkEdges({ rules, packages, apps }) {
  const names = packages.map(({ name }) => name)
  return [
    ...checkRules(rules, names),
    ...packages.flatMap((one) => checkPackage(one, allowedForPackage(rules, one.name), packages)),
    ...apps.flatMap((one) => checkPackage(one, { library: names, test: names }, packages)),
  ]
}

/** @param {Rules} rules @param {string} name */
function allowedForPackage(rules, name) {
  const library = rules.edges[name] ?? []
  return { library, test: [...library, ...(rules.dev[name] ?? [])] }
}

/** @param {Rules} rules @param {readonly string[]} names */
function checkRules(rules, names) {
  const listed = [...Object.entries(rules.edges), ...Object.entries(rules.dev)].flatMap(([from, to]) => [
    from,
    ...to,
  ])
  const graph = new Map(
    names.map((name) => [name, [...(rules.edges[name] ?? []), ...(rules.dev[name] ?? [])]]),
  )
  return [
    ...names
      .filter((name) => rules.edges[name] === undefined)
      .map((name) => `dependencies.json: ${name} is not listed`),
    ...findCycles(graph).map((cycle) => `dependencies.json: a cycle: ${cycle.join(' → ')}`),
    // packages of later releases may be listed before they exist; what they may import is known by then
    ...[...new Set(listed)]
      .filter((name) => rules.edges[name] === undefined)
      .map((name) => `dependencies.json: ${name} is used as an edge but not listed`),
  ]
}

/** @param {ReadonlyMap<string, readonly string[]>} graph @returns {string[][]} at most one cycle per start */
export function findCycles(graph) {
  /** @type {string[][]} */
  const cycles = []
  const done = new Set()
  const visit = (/** @type {string} */ name, /** @type {string[]} */ path) => {
    if (path.includes(name)) cycles.push([...path.slice(path.indexOf(name)), name])
    else if (!done.has(name)) for (const next of graph.get(name) ?? []) visit(next, [...path, name])
    done.add(name)
  }
  for (const name of graph.keys()) visit(name, [])
  return cycles
}

/**
 * @param {Package} one
 * @param {{ library: readonly string[], test: readonly string[] }} allowed
 * @param {readonly Package[]} packages
 */
function checkPackage(one, allowed, packages) {
  return [
    ...checkManifest(one, allowed),
    ...one.files.flatMap((file) =>
      listImports(file.text).flatMap((specifier) => {
        const problem = checkImport(one, file.path, specifier, allowed, packages)
        return problem === undefined ? [] : [`${one.manifest.name} ${file.path}: ${problem}`]
      }),
    ),
  ]
}

/** @param {Package} one @param {{ library: readonly string[], test: readonly string[] }} allowed */
function checkManifest({ manifest }, allowed) {
  const check = (
    /** @type {'dependencies' | 'devDependencies' | 'peerDependencies'} */ list,
    /** @type {readonly string[]} */ names,
  ) =>
    Object.entries(manifest[list] ?? {})
      .filter(([name]) => isOurs(name))
      .flatMap(([name, version]) => [
        ...(names.includes(folderOf(name))
          ? []
          : [`${manifest.name} package.json: ${list} names ${name}, which is no edge of it`]),
        ...(version.startsWith('workspace:')
          ? []
          : [`${manifest.name} package.json: ${name} is not taken from the workspace`]),
      ])
  return [
    ...check('dependencies', allowed.library),
    ...check('peerDependencies', allowed.test),
    ...check('devDependencies', allowed.test),
  ]
}

/**
 * @param {Package} one
 * @param {string} path
 * @param {string} specifier
 * @param {{ library: readonly string[], test: readonly string[] }} allowed
 * @param {readonly Package[]} packages
 * @returns {string | undefined}
 */
function checkImport(one, path, specifier, allowed, packages) {
  if (specifier.startsWith('.'))
    return leaves(path, specifier) ? `${specifier} leaves the package` : undefined
  if (!isOurs(specifier)) return undefined
  const name = folderOf(specifier)
  const target = packages.find((candidate) => candidate.name === name)
  if (target === undefined) return `${specifier} is no package; apps are never imported`
  const inTest = isTest(path)
  if (name !== one.name && !(inTest ? allowed.test : allowed.library).includes(name)) {
    return `${specifier} is no edge of ${one.name}${inTest ? ', nor one of its tests' : ''}`
  }
  const entry = `.${specifier.slice(`${scope}${name}`.length)}`
  if (target.manifest.exports?.[entry] === undefined) return `${specifier} is not exported by ${name}`
  if (name === one.name || isDeclared(one.manifest, `${scope}${name}`, inTest)) return undefined
  return `${scope}${name} is not in its package.json`
}

/** @param {Manifest} manifest @param {string} name @param {boolean} inTest */
function isDeclared(manifest, name, inTest) {
  return [
    manifest.dependencies,
    manifest.peerDependencies,
    inTest ? manifest.devDependencies : undefined,
  ].some((list) => list?.[name] !== undefined)
}

/** Whether a relative import ends up outside of its own package. @param {string} path @param {string} specifier */
function leaves(path, specifier) {
  let depth = path.split('/').length - 1
  for (const part of specifier.split('/')) {
    if (part === '..') depth -= 1
    else if (part !== '.') depth += 1
    if (depth < 0) return true
  }
  return false
}

/** @param {string} path */
function isTest(path) {
  return /^(test|real|bench|slow|e2e|examples)\//.test(path) || /\.test(-d)?\.ts$/.test(path)
}

/** @param {string} name */
function isOurs(name) {
  return name.startsWith(scope) || /^tmux-orchestrator(\/|$)/.test(name)
}

/** @param {string} specifier */
function folderOf(specifier) {
  return specifier.startsWith(scope) ? (specifier.slice(scope.length).split('/')[0] ?? '') : specifier
}

/**
 * Every module that a source file names in an import, an export or a require; comments and documentation examples do not count.
 *
 * @param {string} text
 * @returns {string[]}
 */
export function listImports(text) {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
  const patterns = [
    /\bfrom\s*['"]([^'"\n]+)['"]/g,
    /^\s*import\s*['"]([^'"\n]+)['"]/gm,
    /\b(?:import|require|require\.resolve)\s*\(\s*['"]([^'"\n]+)['"]\s*\)/g,
  ]
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] ?? ''))
}
