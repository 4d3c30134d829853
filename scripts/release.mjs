import { bootstrap } from './bootstrap.mjs'
import { runAttached } from './run-program.mjs'
import { root, runScript } from './say.mjs'
import { checkSteps, formatSummary, runSteps } from './steps.mjs'

/** pnpm release: publishes what the registry does not have yet, after everything is built and checked. */
await runScript(async () => {
  const env = await bootstrap()
  const outcomes = await runSteps(checkSteps, env)
  console.log(formatSummary(outcomes))
  if (!outcomes.every(({ ok }) => ok)) return 1
  return runAttached([`${root}/node_modules/.bin/changeset`, 'publish', ...process.argv.slice(2)], {
    cwd: root,
    env,
  })
})
