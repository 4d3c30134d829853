import { bootstrap } from './bootstrap.mjs'
import { runScript } from './say.mjs'
import { checkSteps, formatSummary, runSteps, testStep } from './steps.mjs'

/** pnpm check: format, lint, types, edges, unused code, package health, quick tests. */
await runScript(async () => {
  const env = await bootstrap()
  const outcomes = await runSteps([...checkSteps, testStep('quick tests', ['quick'])], env)
  console.log(formatSummary(outcomes))
  return outcomes.every(({ ok }) => ok) ? 0 : 1
})
