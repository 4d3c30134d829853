import { dirname } from 'node:path'
import { bootstrap } from './bootstrap.mjs'
import { endProcesses, listAgentTraces, listLeaks, makeRunRoom, removeRunRoom } from './leaks.mjs'
import { agentPrograms, agentsDirectory, provideAgents, tellMissing } from './provide-agents.mjs'
import { runAttached } from './run-program.mjs'
import { root, runScript, say } from './say.mjs'

/** npm run test:agents [-- --slice] [vitest's words]: the real agent programs against the simulated model. */
await runScript(async () => {
  const words = process.argv.slice(2).filter((word) => word !== '--')
  const isSlice = words.includes('--slice')
  const missing = await provideAgents()
  tellMissing(missing)
  if (missing.length === agentPrograms.length) return 0
  const room = makeRunRoom(await bootstrap())
  const outside = dirname(room.directory)
  const before = new Set(listAgentTraces(outside).map(({ what }) => what))
  const env = { ...room.env, TEST_AGENTS: agentsDirectory(), ...(isSlice ? { TMO_SLICE: '1' } : {}) }
  const argv = [`${root}/node_modules/.bin/vitest`, 'run', '--project', 'agents']
  const code = await runAttached([...argv, ...words.filter((word) => word !== '--slice')], {
    cwd: root,
    env,
    stdin: 'ignore',
  })
  const leaks = [...(await listLeaks(room)), ...listAgentTraces(room.directory)]
  const strange = listAgentTraces(outside).filter(({ what }) => !before.has(what))
  for (const { what } of strange) say(`new meanwhile, of these programs or of another run's: ${what}`)
  // elsewhere people run the same programs
  if (process.env['CI']) leaks.push(...strange)
  for (const { what } of leaks) say(`left behind: ${what}`)
  endProcesses(leaks)
  removeRunRoom(room)
  return code === 0 && leaks.length > 0 ? 1 : code
})
