import { bootstrap } from './bootstrap.mjs'
import { runAttached } from './run-program.mjs'
import { root, runScript } from './say.mjs'

/** npm start: with arguments any tmo command; without, the main job on the bundled example with simulated agents. */
await runScript(async () => {
  const argv = process.argv.slice(2)
  const env = { ...(await bootstrap()), TMO_COMMAND: 'npm start --silent --' }
  // npm runs scripts in the root; paths of a command are meant from where it was typed
  const cwd = argv.length > 0 ? (process.env['INIT_CWD'] ?? root) : root
  const command = argv.length > 0 ? argv : ['demo']
  return runAttached([process.execPath, `${root}/apps/tmo/dist/main.js`, ...command], { cwd, env })
})
