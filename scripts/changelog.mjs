/**
 * What `changeset version` writes into changelogs: the words of each changeset, for those who use a package, and one line for
 * the packages of ours that it needs in a new version. `.changeset/config.json` names this file.
 *
 * @typedef {{ summary: string }} Changeset
 * @typedef {{ name: string, newVersion: string }} Updated
 */

/** @param {Changeset} changeset */
async function getReleaseLine({ summary }) {
  const [first = '', ...others] = summary
    .trim()
    .split('\n')
    .map((line) => line.trimEnd())
  return [`- ${first}`, ...others.map((line) => (line === '' ? '' : `  ${line}`))].join('\n')
}

/** @param {readonly Changeset[]} _ @param {readonly Updated[]} updated */
async function getDependencyReleaseLine(_, updated) {
  if (updated.length === 0) return ''
  return `- Needs ${updated.map(({ name, newVersion }) => `\`${name}\` ${newVersion}`).join(', ')}.`
}

export default { getReleaseLine, getDependencyReleaseLine }
