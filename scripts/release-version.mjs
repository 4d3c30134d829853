import { bootstrap } from './bootstrap.mjs'
import { runAttached } from './run-program.mjs'
import { root, runScript } from './say.mjs'

/** pnpm release:version: waiting changesets become versions and changelogs, to be committed. */
await runScript(async () => {
  const env = await bootstrap()
  const bin = `${root}/node_modules/.bin`
  const code = await runAttached([`${bin}/changeset`, 'version'], { cwd: root, env })
  // it writes package.json in a form of its own
  return code === 0 ? await runAttached([`${bin}/biome`, 'check', '--write', '.'], { cwd: root, env }) : code
})
