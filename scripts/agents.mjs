import { bootstrap } from './bootstrap.mjs'
import { endProcesses, listLeaks, makeRunRoom, removeRunRoom } from './leaks.mjs'
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
  const env = { ...room.env, TEST_AGENTS: agentsDirectory(), ...(isSlice ? { TMO_SLICE: '1' } : {}) }
  const argv = [`${root}/node_modules/.bin/vitest`, 'run', '--project', 'agents']
  const code = await runAttached([...argv, ...words.filter((word) => word !== '--slice')], {
    cwd: root,
    env,
    stdin: 'ignore',
  })
  const leaks = await listLeaks(room)
  for (const { what } of leaks) say(`left behind: ${what}`)
  endProcesses(leaks)
  removeRunRoom(room)
  return code === 0 && leaks.length > 0 ? 1 : code
})
