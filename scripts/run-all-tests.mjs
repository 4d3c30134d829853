import { bootstrap } from './bootstrap.mjs'
import { endProcesses, listLeaks, makeRunRoom, removeRunRoom } from './leaks.mjs'
import { runScript, say, seconds } from './say.mjs'
import { checkSteps, formatSummary, runSteps, testStep } from './steps.mjs'

/** npm test: everything `pnpm check` does, then integration and end to end, then a look for what was left behind. */
await runScript(async () => {
  const startedAt = performance.now()
  const extra = process.argv.slice(2)
  const env = await bootstrap()
  const setUp = {
    name: 'set-up and build',
    ok: true,
    ms: performance.now() - startedAt,
    passed: 0,
    failed: 0,
  }
  const room = makeRunRoom(env)
  const steps = [
    ...checkSteps,
    testStep('quick tests', ['quick'], extra),
    testStep('integration tests', ['integration'], extra),
    testStep('end-to-end tests', ['e2e'], extra),
  ]
  const outcomes = [setUp, ...(await runSteps(steps, room.env)), await lookForLeaks(room)]
  console.log(formatSummary(outcomes))
  say(`all of it took ${seconds(performance.now() - startedAt)}`)
  return outcomes.every(({ ok }) => ok) ? 0 : 1
})

/** @param {import('./leaks.mjs').RunRoom} room */
async function lookForLeaks(room) {
  const startedAt = performance.now()
  const leaks = await listLeaks(room)
  for (const { what } of leaks) console.error(`left behind: ${what}`)
  endProcesses(leaks)
  removeRunRoom(room)
  return {
    name: 'nothing left behind',
    ok: leaks.length === 0,
    ms: performance.now() - startedAt,
    passed: 0,
    failed: leaks.length,
  }
}
