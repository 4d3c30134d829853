import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { bootstrap } from './bootstrap.mjs'
import { withTarball } from './pack.mjs'
import { listPublished } from './published-packages.mjs'
import { formatReleases, planReleases } from './release-plan.mjs'
import { runAttached } from './run-program.mjs'
import { root, runScript, SetupError } from './say.mjs'
import { checkSteps, formatSummary, runSteps } from './steps.mjs'

const run = promisify(execFile)

/**
 * pnpm release: publishes what the registry does not have yet, after everything is built and checked; refuses while changesets wait.
 * pnpm release --dry-run: says what the next release would publish, and why.
 */
await runScript(async () => {
  const env = await bootstrap()
  const releases = await listReleases()
  if (process.argv.includes('--dry-run')) {
    console.log(formatReleases(await measure(releases), process.stdout.columns))
    return 0
  }
  refuseWaiting(releases)
  const outcomes = await runSteps(checkSteps, env)
  console.log(formatSummary(outcomes))
  if (!outcomes.every(({ ok }) => ok)) return 1
  return runAttached([`${root}/node_modules/.bin/changeset`, 'publish', ...process.argv.slice(2)], {
    cwd: root,
    env,
  })
})

/** @returns {Promise<import('./release-plan.mjs').Release[]>} */
async function listReleases() {
  // A fresh clone has it only now.
  const { default: getReleasePlan } = await import('@changesets/get-release-plan')
  const [{ releases }, { stdout }] = await Promise.all([
    getReleasePlan(root),
    run('git', ['tag', '--list'], { cwd: root }),
  ])
  const packages = listPublished().map(({ name, manifest }) => ({
    name,
    version: manifest.version,
    dependencies: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
  }))
  return planReleases({ packages, bumps: releases, tags: new Set(stdout.split('\n')) })
}

/** @param {readonly import('./release-plan.mjs').Release[]} releases */
async function measure(releases) {
  const directories = new Map(listPublished().map(({ name, directory }) => [name, directory]))
  const measured = []
  for (const release of releases)
    measured.push({
      ...release,
      bytes: await withTarball(directories.get(release.name) ?? '', async ({ bytes }) => bytes),
    })
  return measured
}

/** Their notes would be in no changelog. @param {readonly import('./release-plan.mjs').Release[]} releases */
function refuseWaiting(releases) {
  const waiting = releases.filter(({ isWaiting }) => isWaiting)
  if (waiting.length > 0)
    throw new SetupError(
      `changesets wait for ${waiting.length} packages`,
      'run "npm run release:version", commit what it writes, then run this again',
    )
}
