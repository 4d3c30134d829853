/**
 * @typedef {{ name: string, version: string, dependencies: readonly string[] }} Candidate
 *   `dependencies`: names of all that it depends on at run time
 * @typedef {{ name: string, type: string, newVersion: string, changesets: readonly string[] }} Bump one release of a changesets plan
 * @typedef {{ name: string, version: string, next: string, why: string, isWaiting: boolean }} Release
 *   `version`: in its package.json now; `next`: what would be published; `isWaiting`: `changeset version` has to write it first
 */

/**
 * What a release would publish, and why. A package is published when changesets wait for it, or when no tag says that its
 * version was.
 *
 * @param {object} given
 * @param {readonly Candidate[]} given.packages
 * @param {readonly Bump[]} given.bumps
 * @param {ReadonlySet<string>} given.tags `name@version` of all that was published
 * @returns {Release[]} in the order of the packages
 */
export function planReleases({ packages, bumps, tags }) {
  const bumped = new Map(bumps.filter(({ type }) => type !== 'none').map((bump) => [bump.name, bump]))
  return packages.flatMap((one) => {
    const bump = bumped.get(one.name)
    if (bump !== undefined) return [waitingRelease(one, bump, bumped)]
    const tag = `${one.name}@${one.version}`
    return tags.has(tag)
      ? []
      : [{ name: one.name, version: one.version, next: one.version, why: `no tag ${tag}`, isWaiting: false }]
  })
}

/** @param {Candidate} one @param {Bump} bump @param {ReadonlyMap<string, Bump>} bumped @returns {Release} */
function waitingRelease({ name, version, dependencies }, bump, bumped) {
  return {
    name,
    version,
    next: bump.newVersion,
    why: reasonOf(bump, dependencies, bumped),
    isWaiting: true,
  }
}

/** @param {Bump} bump @param {readonly string[]} dependencies @param {ReadonlyMap<string, Bump>} bumped */
function reasonOf({ type, changesets }, dependencies, bumped) {
  if (changesets.length > 0) return `${type}: ${changesets.join(', ')}`
  return `${type}: needs the new ${dependencies.filter((name) => bumped.has(name)).join(', ')}`
}

/**
 * @param {readonly (Release & { bytes: number })[]} releases `bytes`: of the tarball
 * @param {number} width of the terminal
 */
export function formatReleases(releases, width = 100) {
  if (releases.length === 0) return 'nothing would be published: every version has its tag'
  const rows = releases.flatMap(({ name, version, next, bytes, why }) => [
    `${name} ${version === next ? next : `${version} → ${next}`}, ${(bytes / 1000).toFixed(1)} kB`,
    ...wrap(why, width - 4).map((line) => `    ${line}`),
  ])
  return [`${releases.length} packages would be published:`, ...rows].join('\n')
}

/** @param {string} text @param {number} width @returns {string[]} */
function wrap(text, width) {
  /** @type {string[]} */
  const lines = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
