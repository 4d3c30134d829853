// Old syntax only: this file must still parse on a Node that is too old for everything else.

/** The oldest Node that works: `require()` of our ES modules begins there. */
export const nodeMin = [20, 19]

/**
 * Says in one line what to do when this Node is too old.
 *
 * @param {string} version such as `20.20.2`
 * @returns {boolean} whether it is recent enough
 */
export function isNodeRecent(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [majorMin = 0, minorMin = 0] = nodeMin
  const recent = major > majorMin || (major === majorMin && minor >= minorMin)
  if (!recent) {
    console.error(
      `tmo: Node ${nodeMin.join('.')} or newer is needed, this is ${version}: see https://nodejs.org/en/download`,
    )
    process.exitCode = 1
  }
  return recent
}
